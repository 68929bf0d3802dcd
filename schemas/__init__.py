"""The contracts: the Example's features, the report, the column spellings."""

if __name__ != "truemorph.schemas":
    raise ImportError("this folder is the package 'truemorph.schemas': import it by that name")
