"""``python -m cae`` is the console command ``cae``."""

from cae.cli.main import main

if __name__ == "__main__":
    main()
