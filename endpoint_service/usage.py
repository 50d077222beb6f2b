"""What an owner uses of the quotas that this service counts."""

import math
from collections.abc import Mapping

from common.usage import UsageView
from endpoint_service.endpoints.quota_usage import RATE, RATE_TO_A_HOST, Shares
from endpoint_service.models import LIVE, MaintenanceWindow


class EndpointsUsageView(UsageView):
    def used(self, owner_id: int) -> Mapping[str, int]:
        """Of one host: the one that is asked most."""
        shares = Shares(owner_id)
        return {
            "endpoints": len(shares.keys),
            "windows": MaintenanceWindow.objects.filter(LIVE, user_id=owner_id).count(),
            RATE: math.ceil(shares.rate),
            RATE_TO_A_HOST: math.ceil(max(shares.hosts().values(), default=0)),
        }
