"""What the dispatcher asks of journeys: does something the person did cancel this message?"""

from huiliu.journeys.matchers import cancel_names, is_cancelled

__all__ = ["cancel_names", "is_cancelled"]
