"""`make chaos`: break every part of the running Compose stack while it ingests and is searched.

faults      what is broken, how, and what searches may come to meanwhile
compose     containers, networks and overrides, through `docker`
shop        the documents that come in, the searches that go on, what was found at the end
report      the live table and the verdict
poison/     what is mounted into the workers so that one document kills them
"""
