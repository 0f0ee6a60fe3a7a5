"""One module per product, named after its model; each declares `definition`."""
