"""What works on orders (`courses.Engine`): `local`, processes of this machine under limits; `away`, what other people's
engines do, any Executor of concurrent.futures and dask.distributed among them.

What travels is text: an order's JSON and its result's. No result depends on the engine, nor on how many work.
"""
