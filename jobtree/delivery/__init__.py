"""What delivers the output to clusters: settings of Argo CD and Flux that would break leases (docs/guides/delivery.md).

Documents in, diagnostics out. Nothing here asks a cluster.
"""
