PYTHON ?= .venv/bin/python

help:     ## list the targets
	@grep -hE '^[a-z.]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z.]+):.*## */\1\t/'
.names:   ## links through which type checkers see gluematch.*
	@mkdir -p .names/gluematch && for f in server handlers models; do ln -sfn ../../$$f .names/gluematch/$$f; done
