"""Webhooks: telling other programs what happened here, and being told what happened there."""
