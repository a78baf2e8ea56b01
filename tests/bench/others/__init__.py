"""What people would use instead, each a program that imports a CSV of orders: `python -m bench.others.orm FILE URL`."""
