"""The components: each a small spec and an executor, over pure functions."""

if __name__ != "truemorph.components":
    raise ImportError("this folder is the package 'truemorph.components': import it by that name")
