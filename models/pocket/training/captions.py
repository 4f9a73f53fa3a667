"""Writes the sentences that pictures are matched with, and says what each sentence claims."""

from random import Random

from models.pocket.training.data import Product
from models.pocket.training.samples import Caption, claim

PLAIN = ("{}", "{}", "{}", "a photo of {}", "a picture of {}", "one {}", "{} for sale")
GROCERY = (*PLAIN, "fresh {}", "{} from the shop", "{} in a grocery store", "buy {}")
GARMENTS = {
    "dress": ("dress", "a dress", "dresses", "women's dress"),
    "hat": ("hat", "a hat", "cap", "headwear"),
    "longsleeve": ("long sleeve shirt", "longsleeve", "long-sleeved top", "sweatshirt"),
    "outwear": ("jacket", "coat", "outerwear", "outwear jacket"),
    "pants": ("pants", "trousers", "jeans", "a pair of trousers"),
    "shirt": ("shirt", "button-up shirt", "a dress shirt", "collared shirt"),
    "shoes": ("shoes", "a pair of shoes", "footwear", "shoe"),
    "shorts": ("shorts", "a pair of shorts", "short pants"),
    "skirt": ("skirt", "a skirt", "women's skirt"),
    "t-shirt": ("t-shirt", "tee", "T-shirt", "short-sleeved t-shirt", "tee shirt"),
}


def of_product(product: Product, random: Random) -> Caption:
    """A name, a name with its category, or the shop's whole description."""
    form = random.choice(("name", "name", "name and category", "described", "described"))
    if form == "described":
        text = f"{product.name}. {product.description}"
    elif form == "name and category":
        text = random.choice(GROCERY).format(f"{product.name} {product.category}")
    else:
        text = random.choice(GROCERY).format(product.name)
    return Caption(text, claim(product=product.id))


def of_category(name: str, position: int, random: Random) -> Caption:
    """Only what sort of grocery it is: true of every product of the category."""
    return Caption(random.choice(GROCERY).format(name), claim(category=position))


def of_garment(label: str, kind: int, random: Random) -> Caption:
    """What a clothing photograph shows, in one of several words for it."""
    words = random.choice(GARMENTS[label])
    return Caption(random.choice(PLAIN).format(words), claim(kind=kind))
