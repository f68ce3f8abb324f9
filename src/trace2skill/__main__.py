"""`python -m trace2skill`: the command line."""

from trace2skill.cli.main import main

if __name__ == "__main__":
    main()
