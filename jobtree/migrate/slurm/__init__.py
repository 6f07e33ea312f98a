"""What Slurm's commands print, to the files of a fleet repository: text in, documents and notes out.

Files are told apart by what stands in them (``printed``), read into records (``records``, ``tables``, ``scripts``),
and mapped part by part: nodes and partitions (``inventory``, ``partitions``), associations (``accounts``, ``limits``,
``budgets``), jobs (``queue``, ``jobs``, ``runs``). What has no counterpart is told in ``qos`` and ``settings``.
"""
