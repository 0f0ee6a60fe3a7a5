"""One module per product, named after the model on its page; each declares `product` and one class of that product.

`zigloop.device.registry` finds them.
"""
