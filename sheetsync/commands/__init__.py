"""One module a command: load, call, print; they decide nothing.

Whatever a command needs beyond click is imported when it runs, so that ``--help`` stays quick.
"""
