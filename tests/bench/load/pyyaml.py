#!/usr/bin/python3
"""CPU seconds that PyYAML's C loader needs for a file, best of N: tests/bench/load/pyyaml.py FILE [N]"""
import gc
import sys
import time

import yaml


def main():
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    best = float("inf")
    for _ in range(runs):
        gc.collect()
        with open(sys.argv[1], encoding="utf-8") as file:
            start = time.process_time()
            yaml.load(file, Loader=yaml.CSafeLoader)
            best = min(best, time.process_time() - start)
    print(f"{best:.6f}")


main()
