"""The words of the demo wholesaler: what it sells, to whom, and who likes what."""

from __future__ import annotations

from typing import NamedTuple

SEGMENTS = ("bakery", "cafe", "canteen", "hotel", "kiosk", "restaurant")
REGIONS = ("central", "coast", "north", "east", "south", "west")
GRADES = ("", "classic", "organic", "select", "house", "premium", "catering")
BRANDS = (
    "Alder", "Birkenhof", "Casa Lunga", "Dunmore", "Eastquay", "Falk", "Granville", "Hollins", "Isola", "Juniper",
    "Kestrel", "Lindgren", "Maristow", "Norwin", "Orla", "Pember", "Quayside", "Rowan", "Stellan", "Tarn",
)  # fmt: skip


class Category(NamedTuple):
    nouns: str
    packs: str
    price: float  # median of a pack
    appetite: tuple[float, ...]  # how much each of SEGMENTS buys of it
    peak_month: int
    peak_strength: float  # demand in the peak month is exp(this) times the mean


CATEGORIES = {
    "coffee": Category("espresso beans|filter coffee|decaf beans|coffee pads", "500 g|1 kg|6 x 1 kg",
                       18.0, (2, 9, 3, 4, 3, 2), 11, 0.2),
    "tea": Category("breakfast tea|green tea|herbal tea|iced tea base", "50 bags|100 bags|1 kg",
                    9.0, (1, 6, 2, 4, 2, 1), 1, 0.5),
    "flour": Category("wheat flour|rye flour|spelt flour|bread mix", "5 kg|10 kg|25 kg",
                      14.0, (10, 1, 1, 1, 0.2, 2), 12, 0.2),
    "sugar and yeast": Category("fine sugar|icing sugar|dry yeast|baking powder", "1 kg|5 kg|10 kg",
                                11.0, (9, 2, 1, 1, 0.3, 1), 12, 0.4),
    "dairy": Category("whole milk|cream|butter|oat drink|hard cheese", "6 x 1 l|12 x 1 l|2 kg",
                      16.0, (5, 6, 4, 4, 1, 4), 6, 0.1),
    "frozen": Category("chips|mixed vegetables|berries|fish fillets", "2.5 kg|10 kg",
                       22.0, (2, 1, 9, 4, 1, 6), 2, 0.2),
    "ice cream": Category("vanilla ice cream|sorbet|ice lollies|waffle cones", "2 x 5 l|5 l|box of 40",
                          24.0, (1, 3, 2, 3, 9, 3), 7, 1.2),
    "soft drinks": Category("cola|lemonade|mineral water|apple juice", "24 x 0.33 l|12 x 1 l",
                            13.0, (1, 3, 4, 3, 10, 4), 7, 0.5),
    "snacks": Category("crisps|salted nuts|chocolate bars|biscuits", "box of 24|box of 48",
                       17.0, (1, 4, 2, 3, 10, 0.5), 12, 0.3),
    "oils and sauces": Category("olive oil|frying oil|ketchup|mayonnaise", "5 l|10 l",
                                26.0, (1, 0.5, 6, 3, 2, 9), 6, 0.2),
    "table and linen": Category("napkins|candles|table runners|guest soap", "500 pieces|1,000 pieces",
                                19.0, (0.3, 2, 1, 10, 0.3, 5), 12, 0.5),
    "cleaning": Category("floor cleaner|dish tabs|hand soap|bin bags", "5 l|10 l|200 pieces",
                         21.0, (2, 2, 6, 8, 1, 4), 3, 0.1),
}  # fmt: skip
