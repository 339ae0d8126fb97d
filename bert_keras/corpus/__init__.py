"""A model over a corpus: blocks of rows, workers that predict them, and a Parquet file for each block.

A prediction over a corpus takes hours and many processes, of which some die. Every row is predicted exactly once in
what is left on disk: a block's file appears whole or not at all, and a prediction that is started again goes on with
the blocks that have none.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
