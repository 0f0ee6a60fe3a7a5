"""What tests of several rooms share: peers, rigs, paths. No tests."""
