"""What is wanted from a page, as plain code picks it out of the JSON. The columns are named as sheetsync names them."""

import json

SCRIPT = "__UNIVERSAL_DATA_FOR_REHYDRATION__"


def values(text: str) -> dict[str, object]:
    """The eleven values, and whose they are."""
    info = json.loads(text)["__DEFAULT_SCOPE__"]["webapp.user-detail"]["userInfo"]
    user, stats = info["user"], info["statsV2"]
    return {
        "account": user["uniqueId"],
        "followers": int(stats["followerCount"]),
        "following": int(stats["followingCount"]),
        "likes": int(stats["heartCount"]),
        "posts": int(stats["videoCount"]),
        "id": user["id"],
        "name": user["nickname"],
        "verified": user["verified"],
        "private": user["privateAccount"],
        "bio": user["signature"],
        "link": user["bioLink"]["link"],
        "region": user["region"],
    }
