#!/usr/bin/env python3
"""Makes the film's shots, whichever of the modules here has them; film.sh renders the plates they stand on.

    shoot.py WORK OUT shot ...                every frame, losslessly coded, as OUT/s05.mkv
    shoot.py --still WORK OUT shot:frame ...  single frames, to look at: shoot.py --still work out s05:100,370
    shoot.py --length shot ...                how many seconds they last
"""
import sys

import drawn  # noqa: F401
import glass  # noqa: F401
import inserts  # noqa: F401
import outside  # noqa: F401
import picture
import room  # noqa: F401
import staged  # noqa: F401

if __name__ == '__main__':
    if sys.argv[1] == '--length':
        print(sum(picture.SHOTS[shot][0] for shot in sys.argv[2:]))
    else:
        picture.main()
