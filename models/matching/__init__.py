"""The matching engine, in stages. Each imports only the ones above it in this table.

| stage | what it does |
|---|---|
| `kernels` | compiled loops, threads, array types |
| `records` | records to entities: text, tokens, token vectors; labels |
| `blocking` | candidate pairs of entities |
| `features` | similarities and ranks of candidate pairs |
| `training` | classifiers from labelled pairs; the saved matcher |
| `clustering` | scored pairs to groups |
| `evaluation` | precision and recall, estimated from labels |
| `labelling` | rows to label next; new rows to existing groups |
| `pipeline` | train, find matches, choose labelling sets, evaluate: the public functions |
| `explaining` | why rows match |

Words: a *record* is a row; an *entity* is all rows that read the same; a *pair* is two entities; a
*group* is what the engine takes for one thing, and has a match id.
"""
