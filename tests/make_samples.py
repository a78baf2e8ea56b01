"""From a fixed seed, and sample-order.json, to the sample batches in data/samples and their README.

    python tests/make_samples.py

An order is made once, in the shape of the API, then folded to a flat CSV or a nested Parquet. A fault is
a sound order with a few cells written over. All people, streets, shops and addresses are invented.
"""

import csv
import json
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import polars as pl

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "samples"
SEED = 360
Node = dict[str, Any]
Row = dict[str, str]

# --- The invented world -----------------------------------------------------------------------------------


def _table(text: str) -> list[list[str]]:
    """The lines of a text, each cut into its cells."""
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


class Place(NamedTuple):
    country: str
    city: str
    state: str
    postal: str
    street: str = ""  # where the country's usual streets would look wrong


class Person(NamedTuple):
    first: str
    last: str


class Product(NamedTuple):
    """Without a description it is a stored product, known to the API by its id alone."""

    sku: str
    description: str
    tariff: str
    origin: str
    price: str
    weight: str


class Shop(NamedTuple):
    """A shop, and how it writes its files: its words for yes and no, heads repeated on every row or not."""

    number: str
    first: int
    address: Node
    currency: str
    units: tuple[str, str]
    words: tuple[str, str]
    repeats: bool
    carriers: str
    fees: str
    ships: str
    products: list[Product]

    @property
    def country(self) -> str:
        return str(self.address["countryCode"])


def _sender(text: str) -> Node:
    names = [name for name in ADDRESS if name != "residential"]
    told = dict(zip(names, text.split("|"), strict=True))
    return {name: cell for name, cell in told.items() if cell} | {"residential": False}


def _products(text: str) -> list[Product]:
    return [Product(*cells) for cells in _table(text)]


ADDRESS = [
    *("name", "company", "addressLine1", "addressLine2", "addressLine3", "cityTown", "stateProvince"),
    *("postalCode", "countryCode", "phone", "email", "residential"),
]
PLACES = [
    Place(*cells)
    for cells in _table("""
    US | Shelton              | CT       | 06484
    US | Boston               | MA       | 02108
    US | Austin               | TX       | 78701
    US | Seattle              | WA       | 98101-1234
    US | Portland             | OR       | 97205
    US | Burlington           | VT       | 05401
    US | Honolulu             | HI       | 96813
    US | Chicago              | IL       | 60614
    US | Denver               | CO       | 80203
    US | Anchorage            | AK       | 99501
    US | Savannah             | GA       | 31401-4020
    US | Duluth               | MN       | 55802
    US | Santa Fe             | NM       | 87501
    US | Washington           | DC       | 20009
    US | Newark               | NJ       | 07102
    US | San Juan             | PR       | 00901    | {} Calle de las Almojábanas
    US | Hagåtña              | GU       | 96910
    US | APO                  | AE       | 09021    | PSC 9 Box {}
    CA | Vancouver            | BC       | V5L 1P8
    CA | Winnipeg             | MB       | R2W 2H2
    CA | Toronto              | ON       | M5V 2T6
    CA | Montréal             | QC       | H2X 1Y4  | {} rue de la Réglisse
    CA | Trois-Rivières       | QC       | G9A 1L6  | {} chemin du Sucre d'orge
    CA | Halifax              | NS       | B3J 1S9
    CA | Calgary              | AB       | T2P 1J9
    CA | St. John's           | NL       | A1C 1B2
    CA | Iqaluit              | NU       | X0A 0H0
    CA | Saskatoon            | SK       | S7K 0J5
    GB | Bristol              |          | BS1 4ZZ
    GB | Stoke-on-Trent       |          | ST1 1ZZ
    GB | Llanfairpwll         | Anglesey | LL61 5ZZ
    GB | London               |          | W1A 0ZZ
    DE | Berlin               |          | 10115
    DE | Hamburg              |          | 20095
    DE | München              |          | 80331
    DE | Köln                 |          | 50667
    DE | Leipzig              |          | 04109
    DE | Dresden              |          | 01067
    DE | Görlitz              |          | 02826
    DE | Freiburg im Breisgau |          | 79098
    DE | Würzburg             |          | 97070
    DE | Erfurt               |          | 99084
    JP | 京都市                | 京都府    | 604-8000
    JP | 札幌市                | 北海道    | 060-0000
    JP | Osaka                | Osaka    | 530-0000 | {} Konpeito-dori
    FR | Lyon                 |          | 69003
    FR | Besançon             |          | 25000
    FR | L'Haÿ-les-Roses      |          | 94240
    """)
]
STREETS = {
    "US": "{} Marmalade Lane|{} Paper Kite Road|{} Tin Whistle Ave|{} Lost Mitten Blvd|{} Teaspoon Court",
    "CA": "{} Maple Button Rd|{} Snowglobe Crescent|{} Mittens Way|{} Toboggan Hill Dr",
    "GB": "{} Custard Mews|{} Wobbly Gate|{} Crumpet Row",
    "DE": "Lakritzweg {}|Straße der Gießkannen {}|Pfützengasse {}|Am Kuckucksei {}|Zwirnspitzenallee {}",
    "JP": "飴玉町{}番地|金平糖通{}",
    "FR": "{} rue des Réglisses|{} allée du Parapluie-Perdu|{} impasse de l'Œuf à la coque",
}
PEOPLE = {
    "US": "Robin Alder|Mae Thistlewood|Desmond Okafor-Pike|Luz Marigold|José Peña|Ruth Brackenbury|Teddy O'Plum|"
    "Anya Brambleford|Priya Sandalwood|Cole Featherstone|Noa Birchbark|Winona Clay|Hank Dillweed|Ngọc Lan Vũ|דנה שקד",
    "CA": "Zoë Côté|Renée Trombone|Gus Maplethorpe|Aoife Snowdon|Étienne Lagrange-Boréal|Siku Amaruq|Maude Beaver",
    "GB": "Imogen O'Shandy|Alfie Crumb|Siân Treacle|Percival Mudge",
    "DE": "Jürgen Weißmüller|Änne Lütkenhöner|Björn Kräuter|Fatma Gürkan|Ludwig Süß|Grete Tüftler|Ömer Yıldızcı|"
    "Käthe Spatz|Torben Nebel|Jördis Quast",
    "JP": "山田 花子|佐々木 あおい|Haruka Kumo",
    "FR": "Chloé Lefèvre-Tartine|Maël Çavabien|Noëlle Brioche",
}
PHONES = {  # of ranges that are kept for invented people, or given to nobody
    "US": "206-555-01{:02}",
    "CA": "(604) 555-01{:02}",
    "GB": "020 7946 00{:02}",
    "DE": "030 23125 0{:02}",
    "JP": "03-0000-01{:02}",
    "FR": "01 99 00 12 {:02}",
}
MESSAGES = (
    "Happy Birthday! Enjoy your gift. 🎁",
    'Happy birthday, "little" one!\nFrom all of us',
    "Get well soon ❤️\n\nGrandma & Grandpa",
    "Congratulations, you two 👩‍❤️‍👨\nsee you in June",
    "Bon anniversaire, ma chère Zoë !",
    "お誕生日おめでとう 🎂",
    "Thanks for watering the plants; they are still alive, mostly.",
)
NOTES = (
    "Handle with care",
    "Leave behind the blue door, please",
    'Ring twice; the "bell" is a cow bell',
    "No signature needed\nDog is friendly",
)
NETTLE = Shop(
    number="NW-{}",
    first=20400,
    address=_sender(
        "Shipping Desk|Nettle & Wren Teas|27 Kettle Street|Dock 3||Seattle|WA|98101|US|206-555-0100|desk@nettle.example.com"
    ),
    currency="USD",
    units=("OZ", "IN"),
    words=("true", "false"),
    repeats=False,
    carriers="UPS 2DA|UPS GRD|USPS PM",
    fees="0.00 4.95 7.50 12.00",
    ships="US US US US CA GB DE JP",
    products=_products("""
    NW-TEA-01     | Assam, second flush, 100 g        | 0902.30      | IN | 12.50 | 4.2
    NW-TEA-02     | Sencha, 100 g                     | 0902.10      | JP | 14.00 | 4.2
    NW-TEA-07     | Chamomile, whole flowers          | 1211.90      | EG | 8.75  | 2.5
    NW-POT-12     | Teapot "Wren", stoneware          | 6912.00      | US | 46.00 | 38.5
    NW-CUP-3      | Cup, blue glaze, with a lid       | 691200       | US | 11.25 | 12
    NW-STR-9      | Tea strainer, steel               | 7323.93.0080 | CN | 6.40  | 1.8
    00012         | Loose leaf sampler                | 0902.20      | LK | 21.00 | 7.75
    cp00000922010 |                                   |              |    | 19.00 | 8
    cp00000922047 |                                   |              |    | 7.50  | 3
    """),
)
AUDIO = Shop(
    number="TSA/26/{:05}",
    first=870,
    address=_sender(
        "|Tallow Street Audio|1 Tallow Street|||Boston|MA|02108|US|617-555-0142 x7|orders@tallow.example.org"
    ),
    currency="USD",
    units=("OZ", "IN"),
    words=("Y", "N"),
    repeats=True,
    carriers="FedEx 2DA|UPS GRD",
    fees="0.00 9.99 24.99",
    ships="US US US CA CA FR",
    products=_products("""
    22E1          | Headphones, closed back           | 8518.30      | CN | 129.00 | 9.4
    TRUE          | True wireless earbuds             | 8518.30.2000 | VN | 79.95  | 1.6
    HB-SPK-40     | Bookshelf speakers, walnut, pair  | 8518.22      | CA | 349.50 | 412.5
    CBL-35-2M     | Cable 3.5 mm, 2 m                 | 854442       | CN | 9.90   | 1.9
    SCREW-M3      | Screw M3 x 8, brass               | 7415.33      | US | 0.2500 | 0.0250
    TT-BELT/2     | Turntable belt                    | 4010.39      | DE | 14.35  | 0.8
    AMP-19-B      | Integrated amplifier, 2 x 40 W    | 8518.40      | US | 499.00 | 230
    cp00000930551 |                                   |              |    | 39.00  | 11
    """),
)
INVARIANTS = Shop(
    number="{}",
    first=2600018800,
    address=_sender(
        "Hartbay Books|Hartbay Livres inc.|638 Inkwell Ave|Unit 4B||Toronto|ON|M5V 2T6|CA|(416) 555-0107|shipping@hartbay.example.com"
    ),
    currency="CAD",
    units=("GM", "CM"),
    words=("yes", "no"),
    repeats=True,
    carriers="CPC EXP|CPC REG|UPS STD",
    fees="0.00 6.50 11.00",
    ships="CA CA CA US US FR",
    products=_products("""
    9780000000019 | The Lighthouse Keeper's Cat       | 4901.99      | CA | 24.95 | 412
    9780000000026 | Mittens: a History                | 4901.99      | CA | 32.00 | 655.5
    9780000000033 | Le Phare et la Mitaine            | 4901.99      | FR | 18.50 | 298
    9780000000040 | Knots, Second Edition             | 490199       | US | 41.25 | 880
    CAL-2027      | Wall calendar 2027                | 4910.00      | CA | 16.99 | 240
    BKM-05        | Bookmarks, set of 5               | 4911.99      | CN | 4.25  | 30
    TOTE-GRN      | Tote bag, green                   | 4202.92      | IN | 15.00 | 180
    cp00000941200 |                                   |              |    | 12.00 | 90
    """),
)
PRINTS = Shop(
    number="PP-2026-{}",
    first=310,
    address=_sender(
        "|Pennyfarthing Prints Ltd|4 Custard Mews|||Bristol||BS1 4ZZ|GB|020 7946 0012|post@pennyfarthing.example.org"
    ),
    currency="GBP",
    units=("GM", "CM"),
    words=("1", "0"),
    repeats=False,
    carriers="RM TRK24|RM TRK48",
    fees="0.00 3.95 8.50",
    ships="GB GB US DE",
    products=_products("""
    LINO-A4-FOX   | Linocut A4, fox                   | 4911.91      | GB | 28.00 | 60
    LINO-A3-OWL   | Linocut A3, owl                   | 4911.91      | GB | 45.00 | 110
    CARD-12       | Greeting cards, box of 12         | 4909.00      | GB | 14.50 | 310
    FRAME-A4-OAK  | Frame A4, oak                     | 4414.10      | PL | 22.75 | 740
    MAP-LDN-1890  | Map of London, 1890, reprint      | 4905.90      | GB | 19.99 | 95
    INK-BLK-100   | Lino ink, black, 100 ml           | 3215.11      | DE | 8.60  | 155
    """),
)
PAPER = Shop(
    number="HOSHI{}",
    first=7700,
    address=_sender(
        "星紙店|Hoshi Paper|飴玉町7番地|||京都市|京都府|604-8000|JP|03-0000-0107|mise@hoshi.example.org"
    ),
    currency="JPY",
    units=("GM", "CM"),
    words=("True", "False"),
    repeats=True,
    carriers="YMT TAQ|JPP EMS",
    fees="0 500 1800",
    ships="JP JP US FR",
    products=_products("""
    和紙-A4-50    | Washi A4, 50 sheets               | 4802.10      | JP | 2400  | 410
    ORI-15-100    | Origami paper 15 cm, 100 sheets   | 4802.54      | JP | 880   | 120
    FUDE-S        | Brush, small                      | 9603.30      | JP | 1650  | 14
    SUMI-1        | Ink stick                         | 3215.90      | JP | 3200  | 35.5
    NOTE-B6       | Notebook B6, dotted               | 4820.10      | JP | 1100  | 190
    """),
)
LAMPS = Shop(
    number="LL-{}",
    first=50120,
    address=_sender(
        "|Lampenladen Glühwürmchen GmbH|Laternengasse 11|||Görlitz||02826|DE|030 23125 011|versand@lampenladen.example.org"
    ),
    currency="EUR",
    units=("GM", "CM"),
    words=("ja", "nein"),  # never written: the shop's file has no such column
    repeats=True,
    carriers="DHL PKT",
    fees="0.00 4.90 6.90",
    ships="DE",
    products=_products("""
    0047          | Tischlampe „Pilz“, rot            | 9405.21      | DE | 64.90  | 1250
    0048          | Tischlampe „Pilz“, grün           | 9405.21      | DE | 64.90  | 1250
    0112          | Stehleuchte, Messing; gebürstet   | 9405.21      | IT | 219.00 | 6400
    E27-40        | Glühfadenlampe E27, 4 W           | 8539.52      | CN | 5.95   | 48.5
    KBL-TX-3      | Textilkabel, 3 m, schwarz         | 8544.42      | PL | 12.40  | 210
    SCHIRM-M      | Lampenschirm Größe M              | 9405.99      | DE | 38.50  | 540
    """),
)
SHOPS = (NETTLE, AUDIO, INVARIANTS, PRINTS, PAPER)
SHOP_OF = {"US": NETTLE, "CA": INVARIANTS, "GB": PRINTS, "JP": PAPER}

# --- An order in the shape of the API ---------------------------------------------------------------------


class Sale(NamedTuple):
    """What is known before the order is written: who sells what to which country."""

    rng: Random
    shop: Shop
    number: str
    country: str
    basket: list[tuple[Product, int]]
    gift: bool = False

    @property
    def abroad(self) -> bool:
        return self.shop.country != self.country


class Clerk:
    """Gives every order its number, so that no two sample files share one."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self._last = {shop.number: shop.first for shop in (*SHOPS, LAMPS)}

    def number(self, shop: Shop) -> str:
        self._last[shop.number] += self.rng.randint(1, 6)
        return shop.number.format(self._last[shop.number])

    def sell(self, shop: Shop) -> Sale:
        """Some order of this shop, to anywhere it ships."""
        n = self.rng.choices((1, 2, 3, 4, 5), (30, 30, 22, 12, 6))[0]
        country = self.rng.choice(shop.ships.split())
        basket = [(p, self._quantity(p)) for p in self.rng.sample(shop.products, n)]
        return Sale(self.rng, shop, self.number(shop), country, basket, self.rng.random() < 0.25)

    def sell_plainly(self, route: str, items: int) -> Sale:
        """An order that has every member of its items, by its two countries: `US-CA`."""
        shop, country = SHOP_OF[route[:2]], route[3:]
        products = [p for p in shop.products if p.description]
        basket = [(p, self._quantity(p)) for p in self.rng.sample(products, items)]
        return Sale(self.rng, shop, self.number(shop), country, basket)

    def _quantity(self, product: Product) -> int:
        cheap = Decimal(product.price) < 1
        return self.rng.choice((20, 48, 100)) if cheap else self.rng.choice((1, 1, 1, 2, 2, 3, 6))


def order(sale: Sale) -> Node:
    """One order, as the API would have it; absent members are left out."""
    buyer = _person(sale, sale.shop.country if sale.gift else sale.country)
    receiver = _person(sale, sale.country) if sale.gift else buyer
    return _present(
        orderNumber=sale.number,
        orderMessage={"type": "GIFT", "message": sale.rng.choice(MESSAGES)} if sale.gift else None,
        metadata=[
            {"name": "costCenter", "value": f"CC-{sale.rng.choice((110, 120, 210, 305))}"},
            {"name": "channel", "value": sale.rng.choice(("web", "store", "phone", "marketplace"))},
        ],
        charges=_charges(sale),
        shippingReference=_reference(sale),
        customerInfo=_customer(sale, buyer),
        fromAddress=sale.shop.address,
        toAddress=_address(sale, receiver),
        items=[_item(sale, product, quantity) for product, quantity in sale.basket],
        additionalAddresses=[_billing(sale, buyer)] if sale.gift else None,
        shippingPreferences=_preferences(sale),
    )


def _present(**members: object) -> Node:
    return {name: value for name, value in members.items() if value not in (None, "")}


def _person(sale: Sale, country: str) -> Person:
    first, last = sale.rng.choice(PEOPLE[country].split("|")).rsplit(" ", 1)
    return Person(first, last)


def _customer(sale: Sale, buyer: Person) -> Node:
    number = f"C-{sale.rng.randint(1000, 99999):05}"
    return {"firstName": buyer.first, "lastName": buyer.last, "email": _mail(buyer), "customerId": number}


def _mail(person: Person) -> str:
    """An address in ASCII; a name without a Latin letter gets one that says nothing."""
    spelled = unicodedata.normalize("NFKD", f"{person.first}.{person.last}".casefold())
    local = "".join(c for c in spelled if c.isascii() and (c.isalnum() or c == ".")).strip(".")
    return f"{local or 'post'}@example.{'com' if len(local) % 2 else 'org'}"


def _address(sale: Sale, person: Person) -> Node:
    place = sale.rng.choice([place for place in PLACES if place.country == sale.country])
    street = place.street or sale.rng.choice(STREETS[sale.country].split("|"))
    flat = sale.country in ("US", "CA") and not place.street and sale.rng.random() < 0.3
    return _present(
        name=f"{person.first} {person.last}",
        addressLine1=street.format(sale.rng.randint(1, 999)),
        addressLine2=f"Apt {sale.rng.randint(1, 30)}B" if flat else None,
        cityTown=place.city,
        stateProvince=place.state,
        postalCode=place.postal,
        countryCode=sale.country,
        phone=PHONES[sale.country].format(sale.rng.randint(0, 99)),
        email=_mail(person),
        residential=sale.rng.random() < 0.8,
    )


def _billing(sale: Sale, buyer: Person) -> Node:
    home = _address(sale._replace(country=sale.shop.country), buyer)
    return {"addressType": "BILLING"} | _without({"phone", "email", "residential"}, home)


def _charges(sale: Sale) -> Node:
    total = sum((quantity * Decimal(product.price) for product, quantity in sale.basket), Decimal(0))
    fee = Decimal(sale.rng.choice(sale.shop.fees.split()))
    voucher = min(total, Decimal(5)) if sale.rng.random() < 0.1 else Decimal(0)
    return {
        "currency": sale.shop.currency,
        "billingStatus": sale.rng.choice(("Paid", "Paid", "Paid", "Pending")),
        "gmv": total + fee,
        "subTotal": total,
        "totalPaid": total + fee - voucher,
        "paymentType": sale.rng.choice(("Credit Card", "Credit Card", "PayPal", "Invoice")),
    }


def _reference(sale: Sale) -> Node:
    return _present(
        reference1=f"PO-{sale.rng.randint(1000, 99999)}",
        reference2=sale.rng.choice((None, "spring campaign", "reorder")),
        shipperReference=sale.rng.choice((None, "Wave 1", "Wave 2")),
        shippingNotes=sale.rng.choice((None, *NOTES)),
    )


def _item(sale: Sale, product: Product, quantity: int) -> Node:
    if not product.description:
        return {"customProductId": product.sku, "quantity": quantity}
    state = sale.shop.address.get("stateProvince") if product.origin == sale.shop.country else None
    return _present(
        itemId=product.sku,
        description=product.description,
        hSTariffCode=product.tariff,
        hSTariffCodeCountry=sale.country,
        originCountryCode=product.origin,
        originStateProvince=state,
        quantity=quantity,
        unitPrice=Decimal(product.price),
        unitWeight={"unitOfMeasurement": sale.shop.units[0], "weight": Decimal(product.weight)},
    )


def _preferences(sale: Sale) -> Node:
    carrier, service = sale.rng.choice(sale.shop.carriers.split("|")).split()
    sides = sorted((Decimal(sale.rng.randint(4, 80)) / 2 for _ in range(3)), reverse=True)
    weight = sum((quantity * Decimal(product.weight) for product, quantity in sale.basket), Decimal(4))
    return _present(
        carrier=carrier,
        service=service,
        parcelType="PKG",
        parcel=dict(zip(("length", "width", "height"), sides, strict=True))
        | {"dimUnit": sale.shop.units[1], "weight": weight, "weightUnit": sale.shop.units[0]},
        specialServices=sale.rng.choice(
            (None, None, _insured(sale), [{"specialserviceId": "SIG", "inputParameters": []}])
        ),
        customs=_customs(sale.shop.currency, "GIFT" if sale.gift else "MERCHANDISE") if sale.abroad else None,
    )


def _insured(sale: Sale) -> list[Node]:
    value = str(sale.rng.randint(1, 9) * 50)
    return [{"specialserviceId": "Ins", "inputParameters": [{"name": "INPUT_VALUE", "value": value}]}]


def _customs(currency: str, reason: str, terms: str = "DAP") -> Node:
    return {"customsInfo": {"currencyCode": currency, "reasonForExport": reason, "termsOfSale": terms}}


def some_orders(clerk: Clerk, n: int) -> list[tuple[Sale, Node]]:
    """Orders of all shops, each without some of the members that it may lack."""
    sales = [clerk.sell(clerk.rng.choice(SHOPS)) for _ in range(n)]
    return [(sale, _thin(sale, order(sale))) for sale in sales]


def _thin(sale: Sale, full: Node) -> Node:
    """Leave members out, each in a quarter of the orders; across a border the items keep theirs."""
    lost = {path for path in OPTIONAL if sale.rng.random() < 0.25}
    items = full["items"] if sale.abroad else [_without(lost, item, "items.") for item in full["items"]]
    to = _without(lost, full["toAddress"], "toAddress.")
    return _without(lost, full) | {"toAddress": to, "items": items}


def _without(lost: set[str], node: Node, path: str = "") -> Node:
    return {name: value for name, value in node.items() if path + name not in lost}


OPTIONAL = (
    *("metadata", "customerInfo", "toAddress.phone", "toAddress.email", "toAddress.residential"),
    *("items.hSTariffCodeCountry", "items.originCountryCode", "items.originStateProvince"),
    "items.unitWeight",
)

# --- The flat form ----------------------------------------------------------------------------------------


def _paths(prefix: str, names: str) -> list[str]:
    return [f"{prefix}.{name}" for name in names.split()]


JSON_CELLS = ("additionalAddresses", "shippingPreferences.specialServices", "shippingPreferences.customs")
REFERENCES = (
    "reference1 reference2 reference3 reference4 shipperReference transportationReference shippingNotes"
)
ITEM = [
    *_paths("items", "customProductId itemId description hSTariffCode hSTariffCodeCountry originCountryCode"),
    *_paths("items", "originStateProvince quantity unitPrice unitWeight.unitOfMeasurement unitWeight.weight"),
]
COLUMNS = [
    "orderNumber",
    *_paths("orderMessage", "type message"),
    *("metadata", "metadata.costCenter", "metadata.channel"),
    *_paths("charges", "currency billingStatus gmv subTotal totalPaid paymentType"),
    *_paths("shippingReference", REFERENCES),
    *_paths("customerInfo", "firstName lastName email customerId"),
    *_paths("fromAddress", " ".join(ADDRESS)),
    *_paths("toAddress", " ".join(ADDRESS)),
    *_paths("shippingPreferences", "carrier customCarrierCode service parcelId parcelType"),
    *_paths("shippingPreferences.parcel", "length width height dimUnit weight weightUnit"),
    *JSON_CELLS,
    *ITEM,
]


def flat(order: Node, words: tuple[str, str] = ("true", "false"), *, repeats: bool = False) -> list[Row]:
    """A row an item; the head stands on the first row, or on each."""
    head = dict(_cells({k: v for k, v in order.items() if k != "items"}, words))
    later = head if repeats else {"orderNumber": head["orderNumber"]}
    return [
        {**(later if n else head), **{f"items.{path}": text for path, text in _cells(item, words)}}
        for n, item in enumerate(order["items"])
    ]


def _cells(value: Any, words: tuple[str, str], path: str = "") -> Iterator[tuple[str, str]]:
    if path in JSON_CELLS:
        yield path, _json(value)
    elif path == "metadata":
        yield from ((f"metadata.{entry['name']}", entry["value"]) for entry in value)
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _cells(member, words, f"{path}.{name}" if path else name)
    else:
        yield path, words[not value] if isinstance(value, bool) else str(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def write(path: Path, columns: Iterable[str], rows: list[Row], **dialect: str) -> None:
    """A rectangular CSV; a cell outside of the columns would raise."""
    encoding = dialect.pop("encoding", "utf-8")
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(columns), **{"lineterminator": "\n", **dialect})  # type: ignore[arg-type]
        writer.writeheader()
        writer.writerows(rows)


def used(rows: list[Row]) -> list[str]:
    """The canonical columns that have a value on some row."""
    return [column for column in COLUMNS if any(row.get(column) for row in rows)]


# --- Odd and faulty orders: cells written over ------------------------------------------------------------


class Edit(NamedTuple):
    """`cells` written over row `at` (None: every row) of a sound order; `where` names the columns shortly."""

    what: str
    cells: Row
    route: str = "US-US"
    items: int = 1
    at: int | None = 0
    where: str = ""
    answer: str = ""

    @property
    def columns(self) -> str:
        parts = {column.split(".")[0] for column in self.cells}
        many = len(self.cells) > 3 and len(parts) == 1
        return self.where or (f"{parts.pop()}.*" if many else ", ".join(self.cells))


def edited(clerk: Clerk, edit: Edit) -> list[Row]:
    sale = clerk.sell_plainly(edit.route, edit.items)
    rows = flat(order(sale), sale.shop.words)
    # Where a quantity or a price is broken, a sum that no longer agrees would be a second fault.
    quiet = {"charges.subTotal": ""} if {"items.quantity", "items.unitPrice"} & edit.cells.keys() else {}
    first = {**rows[0], **quiet}
    return [
        {**row, **(edit.cells if edit.at in (None, n) else {})} for n, row in enumerate([first, *rows[1:]])
    ]


def _blank(columns: Iterable[str]) -> Row:
    return dict.fromkeys(columns, "")


LENGTHS: dict[str, tuple[int, int]] = {  # reject, warn; 0: no such length
    "orderMessage.type": (30, 0),
    "orderMessage.message": (1000, 255),
    "charges.billingStatus": (50, 0),
    "charges.paymentType": (50, 0),
    **dict.fromkeys(_paths("shippingReference", REFERENCES), (100, 30)),
    "shippingReference.shippingNotes": (1000, 255),
    "customerInfo.firstName": (100, 40),
    "customerInfo.lastName": (100, 40),
    "customerInfo.email": (254, 50),
    "customerInfo.customerId": (50, 0),
    **{
        f"{at}.{name}": lengths
        for at in ("fromAddress", "toAddress")
        for name, lengths in {
            "name": (100, 40),
            "company": (100, 40),
            **{f"addressLine{n}": (200, 40) for n in (1, 2, 3)},
            "cityTown": (100, 30),
            "stateProvince": (100, 0),
            "postalCode": (25, 10),
            "phone": (40, 15),
            "email": (254, 50),
        }.items()
    },
    "items.itemId": (50, 30),
    "items.description": (255, 35),
    "items.hSTariffCode": (14, 0),
    "items.originStateProvince": (100, 0),
    **dict.fromkeys(_paths("shippingPreferences", "carrier service parcelType"), (30, 0)),
    **dict.fromkeys(_paths("shippingPreferences", "customCarrierCode parcelId"), (50, 0)),
}


def _past(prefix: str, limit: int) -> Row:
    """Every text under the prefix one character longer than its reject (0) or warn (1) length."""
    return {c: _filler(c, n[limit] + 1) for c, n in LENGTHS.items() if c.startswith(prefix) and n[limit]}


def _filler(column: str, n: int) -> str:
    if column.endswith("mail"):
        return "a" * (n - len("@example.com")) + "@example.com"
    if column.endswith("phone"):
        return ("206-555-0142 " * n)[: n - 1] + "7"
    if column.endswith("Code"):
        return "8" * n
    return ("far too much text for this place, " * n)[: n - 1] + "."


def _services(*entries: object) -> Row:
    return {"shippingPreferences.specialServices": _json(entries)}


def _others(*entries: object) -> Row:
    return {"additionalAddresses": _json(entries)}


def _metadata(*entries: tuple[str, str]) -> Row:
    return {"metadata": _json([{"name": name, "value": value} for name, value in entries])}


def _declared(customs: object) -> Row:
    return {"shippingPreferences.customs": customs if isinstance(customs, str) else _json(customs)}


def _insurance(name: object, value: object) -> Row:
    return _services({"specialserviceId": "Ins", "inputParameters": [{"name": name, "value": value}]})


ODD = (
    Edit("values that look like nothing", {"customerInfo.lastName": "Null", "customerInfo.firstName": "nan"}),
    Edit("a company called NA", {"toAddress.company": "NA", "toAddress.addressLine2": "None"}),
    Edit("item ids that a spreadsheet would change", {"items.itemId": "00012"}),
    Edit("an item id like a number with an exponent", {"items.itemId": "22E1"}),
    Edit("an item id like a boolean", {"items.itemId": "TRUE"}),
    Edit("a formula", {"shippingReference.shippingNotes": '=HYPERLINK("https://example.com","click")'}),
    Edit(
        "a formula that begins with a sign",
        {"shippingReference.reference1": "-2+3", "items.description": "@SUM(1+1)"},
    ),
    Edit(
        "HTML",
        {"orderMessage.type": "NOTE", "orderMessage.message": "<script>alert('hi')</script> <b>&amp;</b>"},
    ),
    Edit("SQL", {"customerInfo.lastName": "Tables'); DROP TABLE orders;--"}),
    Edit(
        "what COPY takes for null and for the end",
        {"toAddress.addressLine2": "\\N", "toAddress.addressLine3": "\\."},
    ),
    Edit(
        "a name in decomposed letters, brought to NFC",
        {"toAddress.name": unicodedata.normalize("NFD", "Amélie Ångström")},
    ),
    Edit("a name from right to left", {"toAddress.name": "دانة الياسمين"}),
    Edit("spaces around values, trimmed", {"toAddress.cityTown": "  Boston ", "charges.currency": " USD"}),
    Edit("an item with a description alone", {"items.itemId": ""}),
    Edit("an item with an itemId alone", {**_blank(ITEM), "items.itemId": "NW-CUP-3", "items.quantity": "2"}),
    Edit("zeros at the end do not count", {"charges.totalPaid": "1.0000"}, "JP-JP"),
    Edit("a head on the second row only", {"shippingReference.reference4": "Second floor"}, items=2, at=1),
)

ERRORS = (
    # The order and its number
    Edit("no order number (R22)", {"orderNumber": ""}),
    Edit("a spreadsheet made an exponent of the order number", {"orderNumber": "1.23457E+17"}),
    Edit("order number of 51 characters", {"orderNumber": "WEB-" + "0" * 46 + "7"}),
    Edit("zero-width space in the order number (R23)", {"orderNumber": "NW-\u200b19871"}),
    Edit("direction mark in the order number (R23)", {"orderNumber": "NW-\u202e19872"}),
    Edit("control character in the order number (R23)", {"orderNumber": "NW-1\x1f9873"}),
    Edit("no sender at all (R1)", _blank(_paths("fromAddress", " ".join(ADDRESS))), where="fromAddress"),
    Edit("no recipient at all (R1)", _blank(_paths("toAddress", " ".join(ADDRESS))), where="toAddress"),
    Edit("no item (R2)", _blank(ITEM), where="items"),
    Edit("rows of one order say two cities (R22)", {"toAddress.cityTown": "Elsewhere"}, items=2, at=1),
    Edit(
        "two customers under one order number (R22)",
        {
            "customerInfo.lastName": "Thornwood",
            "toAddress.name": "Basil Thornwood",
            "toAddress.addressLine1": "9 Fig Row",
        },
        items=2,
        at=1,
    ),
    Edit("rows of one order say two currencies (R22)", {"charges.currency": "CAD"}, items=3, at=2),
    # Texts
    Edit("past the reject length", _past("orderMessage.", 0)),
    Edit("past the reject length", _past("charges.", 0)),
    Edit("past the reject length", _past("shippingReference.", 0)),
    Edit("past the reject length", _past("customerInfo.", 0)),
    Edit("past the reject length", _past("fromAddress.", 0), "GB-GB"),
    Edit("past the reject length", _past("toAddress.", 0), "GB-GB"),
    Edit("past the reject length", _past("items.", 0)),
    Edit("past the reject length", _past("shippingPreferences.", 0)),
    Edit(
        "past the reject length",
        {**_blank(ITEM), "items.customProductId": "cp" + "0" * 49, "items.quantity": "1"},
        where="items.customProductId",
    ),
    Edit("control character (bell) in an address (R23)", {"toAddress.addressLine1": "12 Bell\x07 Street"}),
    Edit("control character (escape) in a message (R23)", {"orderMessage.message": "\x1b[31mHappy birthday"}),
    Edit("tab in an item id (R23)", {"items.itemId": "NW-TEA\t01"}),
    Edit("zero-width space in an item id (R23)", {"items.itemId": "NW-TEA-\u200b01"}),
    Edit("direction mark in a customer id (R23)", {"customerInfo.customerId": "C-\u200f10022"}),
    # Metadata
    Edit("a name twice, as column and in JSON", _metadata(("costCenter", "CC-999"))),
    Edit("a name twice in JSON", _metadata(("season", "spring"), ("season", "summer"))),
    Edit("a blank name", _metadata((" ", "spring"))),
    Edit("a blank value", _metadata(("season", ""))),
    Edit("name of 51 and value of 256 characters", _metadata(("n" * 51, "v"), ("season", "v" * 256))),
    Edit("value of 256 characters in a column", {"metadata.costCenter": _filler("", 256)}),
    Edit("51 entries, and the two columns", _metadata(*((f"key{n}", "x") for n in range(51)))),
    Edit("not a JSON list of name and value", {"metadata": '{"season": "spring"}'}),
    # Money
    Edit("not an ISO 4217 code", {"charges.currency": "ABC"}),
    Edit("currency in lower case", {"charges.currency": "usd"}),
    Edit("a sign for a currency", {"charges.currency": "US$"}),
    Edit("currency sign and thousands separator", {"charges.gmv": "$1,234.50"}),
    Edit("decimal comma", {"charges.gmv": "1.234,50"}),
    Edit("exponent", {"charges.gmv": "1e3"}),
    Edit("below 0", {"charges.totalPaid": "-5.00"}),
    Edit("above 9 999 999 999.9999", {"charges.gmv": "10000000000.00"}),
    Edit("five decimals", {"charges.totalPaid": "0.12345"}),
    Edit("a word", {"charges.totalPaid": "free"}),
    Edit(
        "amounts without currency (R6)",
        {"charges.currency": "", "items.unitPrice": ""},
        where="charges.currency",
    ),
    Edit(
        "unit price without currency (R6)",
        _blank(_paths("charges", "currency gmv subTotal totalPaid")),
        where="charges.currency",
    ),
    # Customer and addresses
    Edit("email without @", {"customerInfo.email": "robin.example.com"}),
    Edit("email with two @", {"toAddress.email": "robin@home@example.com"}),
    Edit("email with a space", {"fromAddress.email": "ship desk@example.com"}),
    Edit("neither name nor company", _blank(("toAddress.name", "toAddress.company"))),
    Edit("no street", {"toAddress.addressLine1": ""}),
    Edit("no city", {"toAddress.cityTown": ""}),
    Edit("no country", {"toAddress.countryCode": ""}),
    Edit("country in three letters", {"toAddress.countryCode": "USA"}),
    Edit("no such country", {"toAddress.countryCode": "XX"}),
    Edit("UK is not the ISO code", {"fromAddress.countryCode": "UK"}, "GB-GB"),
    Edit("country in lower case", {"toAddress.countryCode": "us"}),
    Edit("US address without state", {"toAddress.stateProvince": ""}),
    Edit("CA address without province", {"toAddress.stateProvince": ""}, "CA-CA"),
    Edit("state written out", {"toAddress.stateProvince": "California"}),
    Edit("no such state", {"toAddress.stateProvince": "ZZ"}),
    Edit("no such province", {"fromAddress.stateProvince": "QB"}, "CA-CA"),
    Edit("US address without ZIP", {"toAddress.postalCode": ""}),
    Edit("CA address without postal code", {"toAddress.postalCode": ""}, "CA-CA"),
    Edit("ZIP that lost its leading zero in a spreadsheet", {"toAddress.postalCode": "2108"}),
    Edit("half a ZIP+4", {"toAddress.postalCode": "98101-12"}),
    Edit("CA postal code with letters and digits swapped", {"toAddress.postalCode": "5VL P81"}, "CA-CA"),
    Edit("a sentence for a phone number", {"toAddress.phone": "call my sister"}),
    Edit("neither yes nor no", {"toAddress.residential": "maybe"}),
    # Items
    Edit("a stored product with properties beside it (R3)", {"items.customProductId": "cp00000922010"}),
    Edit(
        "neither product nor properties (R3)",
        {**_blank(ITEM), "items.quantity": "2"},
        where="items.customProductId",
    ),
    Edit("no quantity (R4)", {"items.quantity": ""}),
    Edit("neither itemId nor description (R4)", _blank(("items.itemId", "items.description"))),
    Edit("quantity 0", {"items.quantity": "0"}),
    Edit("quantity below 0", {"items.quantity": "-1"}),
    Edit("half a piece", {"items.quantity": "1.5"}),
    Edit("underscore in a number", {"items.quantity": "1_000"}),
    Edit("Arabic-Indic digits", {"items.quantity": "١٢"}),
    Edit("quantity above 99 999", {"items.quantity": "99999999999"}),
    Edit("a spreadsheet's .0 behind a whole number", {"items.quantity": "12345.0"}),
    Edit("quantity with a unit", {"items.quantity": "2 pcs"}),
    Edit("one bad item of five", {"items.quantity": "0"}, items=5, at=3),
    Edit("unit price with a thousands separator", {"items.unitPrice": "1,234.50"}),
    Edit("unit price below 0", {"items.unitPrice": "-12.50"}),
    Edit("unit price with five decimals", {"items.unitPrice": "0.12345"}),
    Edit("country in three letters", {"items.hSTariffCodeCountry": "USA"}),
    Edit("country written out", {"items.originCountryCode": "China"}),
    Edit("no such unit of weight", {"items.unitWeight.unitOfMeasurement": "STONE"}),
    Edit("weight without unit", {"items.unitWeight.unitOfMeasurement": ""}),
    Edit("unit without weight", {"items.unitWeight.weight": ""}),
    Edit("weight 0", {"items.unitWeight.weight": "0"}),
    Edit("weight with five decimals", {"items.unitWeight.weight": "0.12345"}),
    Edit("weight with nine digits before the point", {"items.unitWeight.weight": "100000000"}),
    Edit("weight with a decimal comma", {"items.unitWeight.weight": "1,5"}),
    # Shipping preferences
    Edit("a side is missing", {"shippingPreferences.parcel.height": ""}),
    Edit("sides without unit", {"shippingPreferences.parcel.dimUnit": ""}),
    Edit(
        "a unit without sides",
        _blank(_paths("shippingPreferences.parcel", "length width height")),
    ),
    Edit("no such unit of length", {"shippingPreferences.parcel.dimUnit": "INCH"}),
    Edit("a side of 0", {"shippingPreferences.parcel.height": "0"}),
    Edit("a side too large to be one", {"shippingPreferences.parcel.length": "100000"}),
    Edit("a side with four decimals", {"shippingPreferences.parcel.height": "1.2345"}),
    Edit("parcel weight without unit", {"shippingPreferences.parcel.weightUnit": ""}),
    Edit("weight unit without parcel weight", {"shippingPreferences.parcel.weight": ""}),
    Edit("no such unit of weight", {"shippingPreferences.parcel.weightUnit": "STONE"}),
    Edit("parcel weight below 0", {"shippingPreferences.parcel.weight": "-2"}),
    # JSON cells
    Edit("JSON that ends too early", {"shippingPreferences.specialServices": '[{"specialserviceId": "Ins"'}),
    Edit("a word where JSON is due", {"shippingPreferences.specialServices": "Insurance"}),
    Edit(
        "an object where a list is due",
        {"shippingPreferences.specialServices": '{"specialserviceId": "Ins"}'},
    ),
    Edit("special service without id", _services({"inputParameters": []})),
    Edit("large S: specialServiceId, so the id is missing (R25)", _services({"specialServiceId": "Ins"})),
    Edit("special service id of 31 characters", _services({"specialserviceId": "I" * 31})),
    Edit("parameter name of 51 characters", _insurance("n" * 51, "100")),
    Edit("parameter value of 256 characters", _insurance("INPUT_VALUE", "1" * 256)),
    Edit("parameter value is a number, not text", _insurance("INPUT_VALUE", 100)),
    Edit("21 special services", _services(*({"specialserviceId": f"S{n}"} for n in range(21)))),
    Edit("single quotes are not JSON", _declared("{'customsInfo': {'reasonForExport': 'GIFT'}}"), "US-GB"),
    Edit("a list where an object is due", _declared([]), "US-GB"),
    Edit("customs currency is not an ISO code", _declared(_customs("DOLLAR", "GIFT")), "US-GB"),
    Edit("a text where customsInfo is due", _declared({"customsInfo": "a present"}), "US-GB"),
    Edit(
        "terms of sale in more than three letters", _declared(_customs("USD", "GIFT", "DELIVERED")), "US-GB"
    ),
    Edit("customs of more than 64 KiB", _declared({"remarks": "very thorough " * 4700}), "US-GB"),
    Edit("a text where an object is due", _others("55 Invoice Avenue")),
    Edit("country written out", _others({"addressType": "BILLING", "countryCode": "Canada"})),
    Edit("street of 201 characters", _others({"addressLine1": "s" * 201, "countryCode": "US"})),
    Edit("address type of 31 characters", _others({"addressType": "B" * 31, "countryCode": "US"})),
    Edit(
        "11 additional addresses",
        _others(*({"name": f"Warehouse {n}", "countryCode": "US"} for n in range(11))),
    ),
    # All at once
    Edit(
        "seven faults in one row",
        {
            "charges.currency": "usd",
            "customerInfo.email": "nobody",
            "toAddress.countryCode": "USA",
            "toAddress.residential": "perhaps",
            "items.quantity": "0",
            "items.unitWeight.unitOfMeasurement": "STONE",
            "shippingPreferences.parcel.dimUnit": "",
        },
    ),
)

WARNINGS = (
    Edit("abroad without country of origin (R5)", {"items.originCountryCode": ""}, "US-CA"),
    Edit(
        "abroad with an item id alone (R5)",
        {**_blank(ITEM), "items.itemId": "NW-X", "items.quantity": "1"},
        "US-GB",
    ),
    Edit("three decimals in USD (R7)", {"charges.totalPaid": "1.005"}),
    Edit("decimals in JPY (R7)", {"charges.totalPaid": "100.50"}, "JP-JP"),
    Edit("four decimals in KWD (R7)", {"charges.currency": "KWD", "charges.totalPaid": "1.2345"}),
    Edit("customs in another currency than the charges (R8)", _declared(_customs("EUR", "GIFT")), "US-GB"),
    Edit("subTotal is not the sum of the items (R11)", {"charges.subTotal": "0.01"}),
    Edit("subTotal above gmv (R11)", {"charges.gmv": "1.00", "charges.totalPaid": "1.00"}),
    Edit("totalPaid above gmv (R11)", {"charges.totalPaid": "9999.00"}),
    Edit(
        "the second row lost its number, so both are rejected (R22); the sum misses an item (R11)",
        {"orderNumber": ""},
        items=2,
        at=1,
        answer="rejected",
    ),
    Edit("length is not the longest side (R14)", {"shippingPreferences.parcel.height": "99.5"}),
    Edit("an item id twice (R18)", {"items.itemId": "NW-TEA-01"}, items=2, at=None),
    Edit("tariff code of five digits", {"items.hSTariffCode": "84716"}),
    Edit("letters in a tariff code", {"items.hSTariffCode": "8471.AB"}),
    Edit("CA postal code without its space, put in", {"toAddress.postalCode": "V5L1P8"}, "CA-CA"),
    Edit("past the warn length", _past("orderMessage.", 1)),
    Edit("past the warn length", _past("shippingReference.", 1)),
    Edit("past the warn length", _past("customerInfo.", 1)),
    Edit("past the warn length", _past("fromAddress.", 1), "GB-GB"),
    Edit("past the warn length", _past("toAddress.", 1), "GB-GB"),
    Edit("past the warn length", _past("items.", 1)),
    Edit(
        "unknown member in a special service (R25)", _services({"specialserviceId": "SIG", "colour": "blue"})
    ),
)
UNKNOWN = ("items.colour", "toAddress.adressLine2")

# --- The files --------------------------------------------------------------------------------------------


class Block(NamedTuple):
    """Rows of one order, what becomes of it, and for a README why."""

    rows: list[Row]
    answer: str = "created"
    columns: str = ""
    what: str = ""


def clean(clerk: Clerk) -> list[Block]:
    """150 orders; the last row of one of them stands at the end of the file."""
    blocks = [*_sound(clerk, 150 - len(ODD)), *_edited(clerk, ODD, "created")]
    clerk.rng.shuffle(blocks)
    late = next(block for block in blocks if len(block.rows) > 3).rows.pop()
    return [*blocks, Block([late])]


def faulty(clerk: Clerk) -> list[Block]:
    """A block for each edit among 25 sound ones, some of which fill columns that nobody knows."""
    sound = _sound(clerk, 25)
    for block in sound[::6]:
        block.rows[0].update(zip(UNKNOWN, ("blue", "Apt 4"), strict=True))
    blocks = [*sound, *_edited(clerk, ERRORS, "rejected"), *_edited(clerk, WARNINGS, "warned")]
    clerk.rng.shuffle(blocks)
    blocks = [part for block in blocks for part in _apart(block)]
    header = Block([{c: c for c in (*COLUMNS, *UNKNOWN)}], "rejected", "", "the header again in the middle")
    blank = Block([{}], "blank", "", "a blank row")
    return [*blocks[:40], blank, *blocks[40:90], header, *blocks[90:], blank, blank]


def _sound(clerk: Clerk, n: int) -> list[Block]:
    return [Block(flat(o, sale.shop.words, repeats=sale.shop.repeats)) for sale, o in some_orders(clerk, n)]


def _edited(clerk: Clerk, edits: Iterable[Edit], answer: str) -> list[Block]:
    return [Block(edited(clerk, edit), edit.answer or answer, edit.columns, edit.what) for edit in edits]


def _apart(block: Block) -> list[Block]:
    """A row without the number of its order is an order of its own."""
    kept = [row for row in block.rows if row["orderNumber"] or row is block.rows[0]]
    lost = Block(block.rows[len(kept) :], "rejected", "orderNumber", "the row that the order above has lost")
    return [block._replace(rows=kept), lost] if lost.rows else [block]


def rows_of(blocks: list[Block]) -> list[Row]:
    return [row for block in blocks for row in block.rows]


def numbered(blocks: list[Block]) -> list[tuple[int, Block]]:
    """Each block with its first row's number, as a spreadsheet shows it."""
    return [(2 + sum(len(b.rows) for b in blocks[:n]), block) for n, block in enumerate(blocks)]


AMOUNT, WEIGHT, SIDE = pl.Decimal(14, 4), pl.Decimal(12, 4), pl.Decimal(8, 3)
PAIRS = pl.List(pl.Struct({"name": pl.String, "value": pl.String}))


def _texts(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split(), pl.String)


POSTAL = _texts(" ".join(ADDRESS)) | {"residential": pl.Boolean}
NESTED: dict[str, Any] = {
    "orderNumber": pl.String,
    "orderMessage": pl.Struct(_texts("type message")),
    "metadata": PAIRS,
    "charges": pl.Struct(
        _texts("currency billingStatus")
        | dict.fromkeys(("gmv", "subTotal", "totalPaid"), AMOUNT)
        | _texts("paymentType")
    ),
    "shippingReference": pl.Struct(_texts(REFERENCES)),
    "customerInfo": pl.Struct(_texts("firstName lastName email customerId")),
    "fromAddress": pl.Struct(POSTAL),
    "toAddress": pl.Struct(POSTAL),
    "items": pl.List(
        pl.Struct(
            _texts("customProductId itemId description hSTariffCode hSTariffCodeCountry originCountryCode")
            | _texts("originStateProvince")
            | {"quantity": pl.Int64, "unitPrice": AMOUNT}
            | {"unitWeight": pl.Struct({"unitOfMeasurement": pl.String, "weight": WEIGHT})}
        )
    ),
    "additionalAddresses": pl.List(pl.Struct(_texts(" ".join(("addressType", *ADDRESS[:9]))))),
    "shippingPreferences": pl.Struct(
        _texts("carrier customCarrierCode service parcelId parcelType")
        | {
            "parcel": pl.Struct(
                dict.fromkeys(("length", "width", "height"), SIDE)
                | {"dimUnit": pl.String, "weight": WEIGHT, "weightUnit": pl.String}
            ),
            "specialServices": pl.List(pl.Struct({"specialserviceId": pl.String, "inputParameters": PAIRS})),
            "customs": pl.Struct(
                {"customsInfo": pl.Struct(_texts("currencyCode reasonForExport termsOfSale"))}
            ),
        }
    ),
}

GERMAN = {
    "Bestellnummer": "orderNumber",
    "Kundennummer": "customerInfo.customerId",
    "Vorname": "customerInfo.firstName",
    "Nachname": "customerInfo.lastName",
    "Empfaenger": "toAddress.name",
    "Strasse": "toAddress.addressLine1",
    "PLZ": "toAddress.postalCode",
    "Ort": "toAddress.cityTown",
    "Land": "toAddress.countryCode",
    "Telefon": "toAddress.phone",
    "E-Mail": "toAddress.email",
    "Artikelnummer": "items.itemId",
    "Bezeichnung": "items.description",
    "Menge": "items.quantity",
    "Einzelpreis": "items.unitPrice",
    "Gewicht in g": "items.unitWeight.weight",
    "Zwischensumme": "charges.subTotal",
    "Gesamt": "charges.gmv",
    "Waehrung": "charges.currency",
    "Zahlungsart": "charges.paymentType",
    "Versand": "shippingPreferences.carrier",
    "Bemerkung": "shippingReference.reference2",
}
GERMAN_WORDS = {
    "Credit Card": "Kreditkarte",
    "Invoice": "Rechnung",
    "spring campaign": "Frühjahrsaktion",
    "reorder": "Nachbestellung, bitte schnell",
}


def lamps(clerk: Clerk) -> list[Row]:
    """30 orders of a shop that has German names for our columns and says nothing of itself."""
    theirs = {ours: name for name, ours in GERMAN.items()}
    orders = [flat(order(clerk.sell(LAMPS)), repeats=True) for _ in range(30)]
    return [
        {theirs[c]: GERMAN_WORDS.get(text, text) for c, text in row.items() if c in theirs}
        for rows in orders
        for row in rows
    ]


def sources() -> str:
    """The layout that makes orders of lampenladen.csv."""
    told = {f"fromAddress.{name}": value for name, value in LAMPS.address.items() if value}
    defaults = told | {"items.unitWeight.unitOfMeasurement": "GM"}
    return "\n".join(
        [
            "# How Lampenladen names its columns, and what its file does not say.",
            "[sources.lampenladen]",
            'delimiter = ";"',
            "",
            "[sources.lampenladen.columns]",
            *(f"{_json(name)} = {_json(ours)}" for name, ours in GERMAN.items()),
            "",
            "[sources.lampenladen.defaults]",
            *(f"{_json(name)} = {_json(value)}" for name, value in defaults.items()),
            "",
        ]
    )


README = """# Sample batches

Written by `python tests/make_samples.py`; do not edit. All people, shops, streets and addresses are invented.

| file | what is in it |
|---|---|
| `clean.csv` | {clean} orders of five shops on {clean_rows} rows, all in order: nothing is rejected, nothing warned. \
Heads repeated by some shops and blank on later rows by others, quoted newlines, emoji, JSON cells, stored products; \
the last row of one order stands at the end of the file; the oddities below |
| `faulty.csv` | {orders} orders on {rows} rows and {blank} blank rows, for every rule someone who breaks it: \
{created} good, {warned} with a warning, {rejected} rejected. Two columns are unknown, `items.colour` and the \
misspelt `toAddress.adressLine2`: the batch is told, no order is the worse for it |
| `nested.parquet` | {nested} orders, a row an order, structs and lists named as in the API, all in order |
| `sample-order.json`, `sample-order.csv` | one order with all its members, as the API's body and as two flat rows |
| `shop/lampenladen.csv`, `shop/sources.toml` | {lamps} orders as a German shop exports them: semicolons, CRLF, a byte \
order mark, its own headers, no sender. The layout beside it makes orders of them, all in order |

## Odd, yet right: in `clean.csv`

| orderNumber | columns | what |
|---|---|---|
{odd}

## What is wrong in `faulty.csv`

A row's number is what a spreadsheet shows: the header is 1. Characters that nobody sees are written as escapes.

| row | orderNumber | answer | columns | what is wrong |
|---|---|---|---|---|
{faults}
"""


def readme(counts: dict[str, int], odd: list[Block], bad: list[Block]) -> str:
    return README.format(
        **counts,
        odd="\n".join(
            f"| {_code(_visible(block))} | {_code(block.columns)} | {block.what} |"
            for block in odd
            if block.what
        ),
        faults="\n".join(
            f"| {row} | {_code(_visible(block))} | {block.answer} | {_code(block.columns)} | {block.what} |"
            for row, block in numbered(bad)
            if block.what
        ),
    )


def _visible(block: Block) -> str:
    return block.rows[0].get("orderNumber", "").encode("unicode_escape").decode()


def _code(names: str) -> str:
    return ", ".join(f"`{name}`" for name in names.split(", ") if name)


def main() -> None:
    """Write the files, then read them back and count."""
    clerk = Clerk(Random(SEED))
    (SAMPLES / "shop").mkdir(parents=True, exist_ok=True)
    good, bad, nested, german = clean(clerk), faulty(clerk), some_orders(clerk, 80), lamps(clerk)
    sample = flat(json.loads((SAMPLES / "sample-order.json").read_text("utf-8"), parse_float=Decimal))
    write(SAMPLES / "clean.csv", used(rows_of(good)), rows_of(good))
    write(SAMPLES / "faulty.csv", (*COLUMNS, *UNKNOWN), rows_of(bad))
    write(SAMPLES / "sample-order.csv", sample[0] | sample[1], sample)
    write(
        SAMPLES / "shop/lampenladen.csv",
        GERMAN,
        german,
        delimiter=";",
        lineterminator="\r\n",
        encoding="utf-8-sig",
    )
    (SAMPLES / "shop/sources.toml").write_text(sources(), "utf-8")
    pl.DataFrame([o for _, o in nested], schema=NESTED).write_parquet(SAMPLES / "nested.parquet")
    counts = counted([block.answer for block in bad])
    (SAMPLES / "README.md").write_text(readme(counts, good, bad), "utf-8")
    print(json.dumps(counts, indent=1))


def counted(answers: list[str]) -> dict[str, int]:
    """Count what the files hold, and hold it against what was meant."""
    files = {name: _read(SAMPLES / name) for name in ("clean.csv", "faulty.csv", "sample-order.csv")}
    german = _read(SAMPLES / "shop/lampenladen.csv", ";")
    nested = pl.read_parquet(SAMPLES / "nested.parquet")
    numbers = [{row["orderNumber"] for row in rows} for rows in files.values()]
    numbers += [set(nested["orderNumber"]), {row["Bestellnummer"] for row in german}]
    counts = {
        "clean": len(numbers[0]),
        "clean_rows": len(files["clean.csv"]),
        "created": answers.count("created"),
        "warned": answers.count("warned"),
        "rejected": answers.count("rejected"),
        "blank": answers.count("blank"),
        "rows": sum(any(row.values()) for row in files["faulty.csv"]),
        "nested": nested.height,
        "lamps": len(numbers[4]),
    }
    counts["orders"] = counts["created"] + counts["warned"] + counts["rejected"]
    assert (counts["clean"], counts["created"], counts["nested"], counts["lamps"]) == (150, 25, 80, 30)
    assert (counts["warned"], counts["rejected"]) == (len(WARNINGS) - 1, len(ERRORS) + 3)
    assert len(set().union(*numbers)) == sum(map(len, numbers)), "no number in two files"
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*.*")) < 1_000_000
    return counts


def _read(path: Path, delimiter: str = ",") -> list[Row]:
    """The rows, once it is sure that they are all as long as the header."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file, delimiter=delimiter, strict=True)
    assert "\0" not in path.read_text("utf-8")
    return [dict(zip(header, row, strict=True)) for row in rows]


if __name__ == "__main__":
    main()
