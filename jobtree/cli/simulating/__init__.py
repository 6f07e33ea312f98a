"""What ``jobtree simulate`` shows."""
