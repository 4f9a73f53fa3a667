"""Everyday names for kinds and patterns, and what each kind is for."""

from __future__ import annotations

KIND_NAMES: dict[str, tuple[str, ...]] = {
    "phone case": ("phone case", "phone cover", "mobile phone case", "smartphone case"),
    "t-shirt": ("t-shirt", "tee", "T-shirt", "tee shirt"),
    "dress": ("dress", "summer dress", "skater dress", "frock"),
    "hat": ("hat", "sun hat", "summer hat", "headwear"),
    "sneaker": ("sneaker", "sneakers", "trainer", "sports shoe"),
    "watch": ("watch", "wrist watch", "wristwatch", "analogue watch"),
    "handbag": ("handbag", "bag", "purse", "ladies' handbag"),
    "backpack": ("backpack", "rucksack", "school bag", "daypack"),
    "umbrella": ("umbrella", "rain umbrella", "brolly", "parasol"),
    "headphones": ("headphones", "headset", "over-ear headphones", "wireless headphones"),
    "mug": ("mug", "coffee mug", "coffee cup", "tea cup"),
    "bottle": ("bottle", "water bottle", "drinking bottle", "flask"),
    "notebook": ("notebook", "journal", "diary", "writing pad"),
    "vase": ("vase", "flower vase", "ceramic vase", "vase for flowers"),
    "lamp": ("lamp", "table lamp", "bedside lamp", "desk light"),
    "sofa": ("sofa", "couch", "settee", "loveseat"),
    "cushion": ("cushion", "throw pillow", "pillow", "scatter cushion"),
    "rug": ("rug", "carpet", "area rug", "floor mat"),
}
PATTERN_ADJECTIVES: dict[str, tuple[str, ...]] = {
    "plain": ("plain", "solid", "one-colour", "unpatterned"),
    "stripes": ("striped", "stripy", "stripe", "banded"),
    "dots": ("dotted", "polka dot", "spotty", "spotted"),
    "plaid": ("plaid", "tartan", "checked", "chequered"),
    "floral": ("floral", "flowery", "flower print", "blossom print"),
    "chevron": ("chevron", "zigzag", "zig-zag", "zigzag-patterned"),
    "leopard": ("leopard print", "leopard", "leopard spot", "leopard-spotted"),
    "zebra": ("zebra print", "zebra", "zebra-striped", "zebra stripe"),
    "camouflage": ("camouflage", "camo", "camo print", "army print"),
    "gradient": ("gradient", "ombre", "faded", "colour-fade"),
}
PATTERN_PHRASES: dict[str, tuple[str, ...]] = {
    "plain": ("in a single colour", "without a pattern", "in a solid colour"),
    "stripes": ("with stripes", "with a striped pattern", "covered in stripes"),
    "dots": ("with polka dots", "with dots", "covered in dots"),
    "plaid": ("in a tartan check", "with a plaid pattern", "with checks"),
    "floral": ("with flowers", "with a floral print", "covered in blossoms"),
    "chevron": ("with a zigzag pattern", "with chevrons", "with a chevron weave"),
    "leopard": ("with leopard spots", "in leopard print", "with a leopard pattern"),
    "zebra": ("with zebra stripes", "in zebra print", "with a zebra pattern"),
    "camouflage": ("in camouflage", "with a camo pattern", "in a camouflage print"),
    "gradient": ("with a colour gradient", "in an ombre fade", "that fades from dark to light"),
}
TITLE_PATTERNS: dict[str, tuple[str, ...]] = {
    "plain": ("Plain", "Classic", "Solid"),
    "stripes": ("Striped",),
    "dots": ("Polka Dot", "Dotted"),
    "plaid": ("Plaid", "Tartan"),
    "floral": ("Floral", "Flower Print"),
    "chevron": ("Chevron", "Zigzag"),
    "leopard": ("Leopard Print",),
    "zebra": ("Zebra Print",),
    "camouflage": ("Camouflage", "Camo"),
    "gradient": ("Gradient", "Ombre"),
}
USES: dict[str, tuple[str, ...]] = {
    "phone case": (
        "Slim enough for every pocket, with raised edges that keep the screen off the table.",
        "It snaps on in a second and leaves every button and camera free.",
        "A cover that takes the knocks so that your phone does not.",
    ),
    "t-shirt": (
        "An easy tee for long weekends, cut straight with a ribbed collar.",
        "Soft from the first wash, and made to be worn on its own or under a jacket.",
        "A relaxed everyday shirt that keeps its shape.",
    ),
    "dress": (
        "A fitted waist and a skirt that swings, for garden parties and warm evenings.",
        "Light, easy to wear, and as good with sandals as with boots.",
        "It moves when you do, and has room to dance.",
    ),
    "hat": (
        "It keeps the sun off and packs flat into a suitcase.",
        "A hat or cap for the beach, the market and bad hair days.",
        "Light, breathable and comfortable from morning to evening.",
    ),
    "sneaker": (
        "A cushioned sole and a padded collar make them shoes for whole days in town.",
        "Trainers that go with jeans as well as with a summer dress.",
        "Light on the foot, with good grip on wet pavements.",
    ),
    "watch": (
        "A quiet quartz movement, a clear dial and a strap that is changed without tools.",
        "A wristwatch to give, or to keep.",
        "Water resistant to 50 metres, with luminous hands.",
    ),
    "handbag": (
        "Room for a book, a bottle and everything else, with an inside pocket for keys.",
        "A bag that goes from the office to dinner.",
        "The handles are long enough for the shoulder, the base keeps it standing.",
    ),
    "backpack": (
        "A padded sleeve holds a 15-inch laptop, the front pocket all the small things.",
        "A rucksack for school, commuting and day hikes, with soft shoulder straps.",
        "Water-repellent, light and roomy: 22 litres.",
    ),
    "umbrella": (
        "Strong ribs hold it open in the wind, and a hooked handle hangs over any arm.",
        "A cheerful companion for grey days.",
        "It opens at the press of a button and keeps two people dry.",
    ),
    "headphones": (
        "Over-ear cushions, clear sound and thirty hours of wireless listening.",
        "They fold flat, and the soft headband is made for long flights.",
        "Noise cancelling at the touch of a finger.",
    ),
    "mug": (
        "Holds a generous 350 ml of coffee or tea and fits every dishwasher.",
        "A big handle, a thick wall and a warm first sip: the cup you will reach for.",
        "Safe for microwave and dishwasher.",
    ),
    "bottle": (
        "Double-walled: cold for a day, hot for half of one.",
        "It does not leak, does not sweat, and fits the cup holder of a bike or a car.",
        "A flask for work, gym and trail; half a litre.",
    ),
    "notebook": (
        "Two hundred dotted pages of paper that takes fountain pens well.",
        "A journal for plans, sketches and lists, which opens flat.",
        "The cover stands years in a bag.",
    ),
    "vase": (
        "Beautiful with a single branch and with a whole bunch of tulips.",
        "Turned by hand and glazed inside, so that it holds water.",
        "A piece for the shelf, even without flowers.",
    ),
    "lamp": (
        "Its shade gives a warm, even light for the bedside or the desk.",
        "A table lamp that makes any corner a place to read.",
        "Comes with a warm white LED bulb and a fabric cable.",
    ),
    "sofa": (
        "Deep seats, firm arms and a frame of solid beech.",
        "A couch for long evenings; the covers come off for washing.",
        "Small enough for city flats, and comfortable enough to fall asleep on.",
    ),
    "cushion": (
        "A plump filling and a hidden zip; the cover is washable.",
        "A throw pillow that wakes up a tired sofa.",
        "Soft on both sides, and made to be thrown.",
    ),
    "rug": (
        "Dense and soft underfoot, with an underside that does not slip.",
        "It warms a bare floor and quietens the room.",
        "A carpet for the living room or beside the bed, easy to vacuum.",
    ),
}
