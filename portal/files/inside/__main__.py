"""The limited child process: `python -I portal/files/inside '<order>'`, started by `portal.files.child` alone."""

from orders import main

main()
