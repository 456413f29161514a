"""Everything that judging needs from a release: heads, thresholds, projections, trusted bounds.

``learning`` builds a :class:`Judge` from a verified release; ``moderation`` only reads it. It holds
no sums and no rows of members, so the part that screens cannot leak or change what was learned.
"""
