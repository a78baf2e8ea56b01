"""How many random cases are tried: in `make test` a few, always the same; in `make soak` many, others each time.

Whatever fails says how it is repeated: hypothesis with a line of its own, a round of the others with its seed.
"""

import os
import random
from collections.abc import Iterator

from hypothesis import HealthCheck, Phase, settings

SOAK = int(os.environ.get("SOAK", "0"))
KILLS = int(os.environ.get("KILLS", "0"))


def cases(few: int, share: int = 1) -> settings:
    """So many cases of hypothesis; in a soak that share of SOAK, for some cases cost more than others."""
    return settings(
        max_examples=SOAK // share or few,
        derandomize=not SOAK,
        deadline=None,
        print_blob=True,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a case takes a second: shrinking it, minutes
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def rounds(few: int, many: int) -> Iterator[tuple[random.Random, str]]:
    """So many rounds, each with a chance of its own and the words that repeat it; SEED names the first."""
    first = int(os.environ.get("SEED", str(random.randrange(1 << 31) if many else 0)))
    for seed in range(first, first + (many or few)):
        yield random.Random(seed), f"SEED={seed} KILLS=1 SOAK=1 repeats it"
