"""`python -m truemorph`."""

import sys

from truemorph.cli import main

if __name__ == "__main__":
    sys.exit(main())
