"""`python -m strata`, where the folder of installed commands is not on the path."""

import sys

from strata import main

sys.exit(main())
