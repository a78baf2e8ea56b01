"""A file that nobody has described yet is drafted from what its bytes prove; what they do not prove is a question.

In tests/real_files/NAME stands an export as a shop or system writes it, values made up, and the orders that it has.
"""

import csv
import json
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from conftest import TESTS, Command
from flows.errors import BatchError
from flows.pipeline.describe_source import draft_settings
from flows.settings import Settings
from flows.sources.draft.render import source_name
from flows.sources.load import make_source

REAL = TESTS / "real_files"
LAYOUTS = TESTS / "layouts"
ADDRESS = {
    "fromAddress.company": "Sample Warehouse LLC",
    "fromAddress.addressLine1": "12 Dock Road",
    "fromAddress.cityTown": "Reno",
    "fromAddress.stateProvince": "NV",
    "fromAddress.postalCode": "89502",
    "fromAddress.countryCode": "US",
}
ANSWERS: dict[str, tuple[str, ...]] = {
    "german_semicolon": ('"charges.currency" = "EUR"',),
    "shipstation": ('"charges.currency" = "USD"',),
}
"""The lines of which the # is taken off, besides those of the address."""

READABLE = [path.name for path in sorted(REAL.iterdir()) if path.is_dir()]


def file_of(case: str) -> Path:
    (file,) = (path for path in (REAL / case).iterdir() if path.name not in ("expected.json", "sources.toml"))
    return file


def draft_of(file: Path, tmp_path: Path) -> str:
    """The draft, which has to be loadable as it is."""
    text = draft_settings(file, Settings(data=tmp_path / "of drafts"))
    ((name, table),) = tomllib.loads(text)["sources"].items()
    make_source("the draft", name, table)
    return text


def answered(draft: str, answers: tuple[str, ...] = ()) -> str:
    """The draft with our address in it, and with these lines without their #."""
    lines = []
    for line in draft.splitlines():
        plain = line.removeprefix("# ")
        key = plain.split(" = ")[0].strip('"')
        if key in ADDRESS and plain != line:
            lines.append(f'"{key}" = "{ADDRESS[key]}"')
        else:
            lines.append(plain if plain.startswith(answers) and answers else line)
    return "\n".join(lines) + "\n"


def stored(db: psycopg.Connection, number: str) -> dict[str, Any]:
    """An order as the database has it, in the words of expected.json."""
    names = {"name": "name", "company": "company", "addressLine1": "address_line1", "cityTown": "city_town",
             "stateProvince": "state_province", "postalCode": "postal_code", "countryCode": "country_code", "phone": "phone"}  # fmt: skip
    columns = ", ".join(f"to_address_{name}" for name in names.values())
    row = db.execute(f"select order_key, {columns} from orders where order_number = %s", (number,)).fetchone()
    assert row, number
    items = db.execute(
        "select item_id, description, quantity, unit_price from order_items where order_key = %s order by item_no",
        (row[0],),
    ).fetchall()
    return {
        "orderNumber": number,
        "toAddress": dict(zip(names, row[1:], strict=True)),
        "items": [
            dict(zip(("itemId", "description", "quantity", "unitPrice"), item, strict=True)) for item in items
        ],
    }


def agrees(found: Any, wanted: Any) -> bool:
    """Whether what is wanted is there; numbers by their value."""
    if isinstance(wanted, dict):
        return all(agrees(found[key], value) for key, value in wanted.items() if key in found)
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(agrees, found, wanted))
    if found is None or wanted is None or isinstance(found, str):
        return bool(found == wanted)
    return float(found) == float(wanted)


# --- The drafts of real files, with their questions answered, bring their orders in ---------------------


@pytest.mark.parametrize("case", READABLE)
def test_a_draft_with_its_questions_answered_brings_in_the_orders(
    case: str, command: Command, db: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = file_of(case)
    drafted = command("sources", "draft", file, "--source", "shop")
    assert drafted.status == 0, drafted.err
    sources = tmp_path / "sources.toml"
    sources.write_text(answered(drafted.out, ANSWERS.get(case, ())), encoding="utf-8")
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(sources))
    expected = json.loads((REAL / case / "expected.json").read_text(encoding="utf-8"))
    checked = command("sources", "check", file)
    result = command("run", "--direct", "--json", "--source", "shop", file)
    if expected.get("refused"):
        assert (checked.status, result.status) == (3, 3)
        assert db.execute("select count(*) from orders").fetchone() == (0,)
        return
    assert checked.status == 0, checked.err
    wanted = [order if isinstance(order, dict) else {"orderNumber": order} for order in expected["created"]]
    numbers = {row[0] for row in db.execute("select order_number from orders").fetchall()}
    assert numbers == {order["orderNumber"] for order in wanted}, result.out
    for order in wanted:
        assert agrees(stored(db, order["orderNumber"]), order)


@pytest.mark.parametrize("layout", [path.name for path in sorted(LAYOUTS.iterdir())])
def test_an_export_of_a_shipped_layout_is_known_by_its_header(
    layout: str, command: Command, db: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file,) = (
        path for path in (LAYOUTS / layout).iterdir() if path.name not in ("expected.json", "sources.toml")
    )
    draft = draft_of(file, tmp_path)
    lines = [line for line in draft.splitlines() if line and not line.startswith("#")]
    assert lines[1].startswith(f'layout = "{layout}" # row ')
    assert "which no column of the layout is here" not in draft  # all that an order needs is
    sources = tmp_path / "sources.toml"
    name = source_name(file.name)
    sources.write_text(answered(draft, ('"charges.currency"',)), encoding="utf-8")
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(sources))
    result = command("run", "--direct", "--json", "--source", name, file)
    expected = json.loads((LAYOUTS / layout / "expected.json").read_text(encoding="utf-8"))
    numbers = {row[0] for row in db.execute("select order_number from orders").fetchall()}
    assert numbers == {order["orderNumber"] for order in expected["created"]}, (
        result.out + sources.read_text()
    )
    for order in expected["created"]:
        assert agrees(stored(db, order["orderNumber"]), order)


@pytest.mark.parametrize("case", READABLE)
def test_a_draft_writes_nothing_to_the_database(
    case: str, command: Command, db: psycopg.Connection, tmp_path: Path
) -> None:
    before = db.execute("select count(*) from batches").fetchone()
    command("sources", "draft", file_of(case))
    assert db.execute("select count(*) from batches").fetchone() == before == (0,)


# --- What bytes prove, and what they do not --------------------------------------------------------------

FRENCH = """N° commande;Date;Nom livraison;Prénom livraison;Adresse de livraison;Code postal livraison;Ville de livraison;\
Pays de livraison;Référence produit;Désignation;Quantité;Prix HT;Total ligne;Devise
C-1;25/12/2025;Durand;Léa;1 rue X;75001;Paris;France;REF1;Tasse;2;1 234,50;2 469,00;EUR
C-2;26/12/2025;Petit;Max;2 rue Y;1000;Bruxelles;Belgique;REF2;Bol;3;0,50;1,50;EUR
"""
SPANISH = """Número de pedido,Nombre,Apellidos,Dirección de envío,Ciudad,Código postal,País,Referencia,Producto,Cantidad,\
Importe,Total pedido,Moneda,Estado
1001,Ana,Ruiz,Calle 1,Madrid,28001,ESP,A1,Taza,2,20.00,25.50,EUR,Enviado
1001,Ana,Ruiz,Calle 1,Madrid,28001,ESP,A2,Plato,1,5.50,25.50,EUR,Enviado
1002,Eva,Gil,Calle 2,Lisboa,1100,PRT,A2,Plato,4,22.00,22.00,EUR,Cancelado
"""
WAREHOUSE = """Orders of the day
ORDER_NO|SHIP_TO_NAME|SHIP_TO_ADDR1|SHIP_TO_CITY|SHIP_TO_STATE|SHIP_TO_ZIP|SHIP_TO_COUNTRY|ITEM_NO|ITEM_DESC|ORDER_QTY|UNIT_PRICE|WEIGHT_LB
000123|Sal Sample|1 Road|Boston|Massachusetts|'02108|USA|00012|Bolt|1,000.00|$0.1250|1.5
|||||||00013|Nut|2.00|$1.00|0.5
Total|||||||||1,002.00||
"""
GROUPS = """Order;Customer;Street;House number;Zip;City;Country;SKU1;Qty1;Price1;SKU2;Qty2;Price2;Total
1;Ann;Hauptstr.;5;D-20457;Hamburg;Germany;A;2;10,00;B;1;5,00;25,00
2;Bob;Ring;7a;1010;Wien;Austria;B;3;5,00;;;;15,00
"""
BILLING = """order id,status,billing name,billing address 1,billing city,billing zip,billing country,shipping name,\
shipping address 1,shipping city,shipping zip,shipping country,sku,quantity,price,order date
1,completed,Ann,1 Road,Boston,02108,us,,,,,,A,1,10,05/06/2026
2,cancelled,Bo,2 Road,Boston,02108,us,Bo,3 Road,Boston,02108,us,A,2,10,05/07/2026
"""
WEIGHT = """order number,ship name,ship street,ship city,ship country,sku,qty,weight,price
1,A,B,C,DE,S,1,3,"1,234"
"""

LABELLED = """Order ID,Shipping First Name,Shipping Last Name,Shipping Street 1,Shipping Suburb,Shipping Country,Product Details,Total Quantity
1,Ann,Lee,1 Road,Boston,United States,"Product ID: 7, Product Qty: 2, Product SKU: T, Product Name: Tea, green, Product Unit Price: 5.00, Product Total Price: 10.00|Product ID: 8, Product Qty: 1, Product SKU: , Product Name: Mug, Product Unit Price: 3.00, Product Total Price: 3.00",3
"""
ONE_EACH = """order_number,shipping_name,shipping_address_1,shipping_city,shipping_country,line_items
1,Ann,1 Road,Boston,US,name:Mug|product_id:12|sku:MUG|quantity:2|total:20.00
"""
LISTS = """Order ID,Full Name,Street 1,Ship City,Ship Country,Number of Items,SKU
1,Ann,1 Road,Boston,US,3,"FOX-1,FOX-2"
2,Bo,2 Road,Boston,US,1,MUG
"""
MARKET = """Date created;Order number;Quantity;Details;Offer SKU;Product SKU;Unit price;Amount;Shipping company;Shipping address first name;\
Shipping address last name;Shipping address company;Shipping address street 1;Shipping address city;Shipping address country
26/11/2026;C-1;2;Tasse;T;P-T;10.00;20.00;Colissimo;Ann;Durand;;1 rue X;Nice;France
"""
SALES = """Ventas,,,,,,,,,
# de venta,Estado,Unidades,SKU,Título de la publicación,Precio unitario de venta (MXN),Comprador,Domicilio,Municipio,Estado,País
2001,Por despachar,2,T,Taza,"1,150.50",Ana,Calle 1,Coyoacán,Morelos,México
2002,Cancelada,1,G,Gorra,200.00,Eva,Calle 2,Zapopan,Jalisco,México
"""
DUTCH = """bestelnummer;voornaam_verzending;achternaam_verzending;adres_verz_straat;adres_verz_huisnummer;\
adres_verz_huisnummer_toevoeging;postcode_verzending;woonplaats_verzending;land_verzending;EAN;referentie;producttitel;aantal;prijs
1;Anna;Prins;Laan;12;a;1012 AB;Amsterdam;NL;8710000000001;M;Mok;2;10,50
"""
LINES = """Document Number,Order Type,Shipping Addressee,Shipping Address 1,Shipping City,Shipping Zip,Shipping Country,Item,Quantity,Item Rate,Amount
SO1,Sale,Ann,1 Road,Boston,02108,US,TEA,2,5.00,10.00
SO1,Sale,Ann,1 Road,Boston,02108,US,Sales tax,,,0.50
SO2,Return,Bo,2 Road,Boston,02108,US,TEA,-1,5.00,-5.00
"""
FOOTER = """,,,,,,,
Sales record number,Order number,Post to name,Post to phone,Post to address 1,Post to city,Post to country,Item title,Quantity
1,04-1,Ann,07**11,1 Road,York,United Kingdom,Mug,2

1,record(s) downloaded,from 2026-11-01
Seller ID : shop
"""
FEES = """Order,Recipient Name,Recipient Address,Recipient City,Recipient Country,Item Name,Item Quantity,Item Price,Order Shipping Price,Item Total Price
1,Ann,1 Road,Boston,US,Candle,2,10.00,5.00,20.00
2,Bo,2 Road,Boston,US,Candle,1,10.00,5.00,10.00
"""
KEYS = """SalesOrder ID,SalesOrder Number,shipping_person_name,shipping_company,shipping_street,shipping_city,shipping_country_id,SKU,product_id,name,quantity
460001,SO-1,Ann,,1 Road,Boston,2fbb,SKU:T,40,Tea,2
"""
LIST = """Sales Doc.;Item;Material;Material description;Order qty;Net price;Net value;Curr.;Ship-to;Name 1;Name 2;Street;City;Cty
0000012345;10;0000004711;TASSE;2;1.010,50;2.021,00;EUR;100200;Muster GmbH;Lager;Ring 5;Dresden;DE
"""
BUYERS = """number;customer_first_name;customer_last_name;Adresse de livraison 1;Ville de livraison;Pays de livraison;Référence vendeur;EAN;Quantité
1;Ann;Durand;1 rue X;Nice;France;T;3760000000001;2
"""

PURCHASES = """Warehouse Name,PO Number,Item Number,Ship To Name,Ship To Address,Ship To City,Ship To State,Ship To Zip,Destination Country,SKU,Quantity,\
Ship From Address,Ship From City
Reno DC,CS1,M-1,Ann,1 Road,Boston,MA,02108,US,ABC,2,,
"""
INVOICES = """Invoice No,Customer,Shipping street,Shipping number,Shipping extension,Shipping city,Shipping country,Product/Service,Product/Service Quantity,\
items.price
1037,Ann,Laan,12,a,Delft,nl,MUG,2,5.00
"""

KINDS = """Name,Line: Type,Shipping: Name,Shipping: Address 1,Shipping: City,Shipping: Country Code,Line: SKU,Line: Quantity
#1,Line Item,Ann,1 Road,Boston,US,A,2
#1,Line Item,,,,,B,1
#1,Fulfillment Line,,,,,A,2
#1,Discount,,,,,WELCOME,
"""

ABOVE = """,Bill To,,,Ship To,,,Line,,
Order No,Name,Address,City,Name,Address,City,SKU,Qty,Line price
1,Pay,9 Bank,Reno,Ann,1 Road,Boston,A,2,5.00
"""
TWICE = """Order No,Customer,Address,City,Ship To,Address,City,State,SKU,Qty
1,Pay,9 Bank,Reno,Ann,1 Road,Boston,MA - Massachusetts,A,2
"""
NOT_SAID = """Order No,Address,City,Name,Address,City,Country,SKU,Qty
1,9 Bank,Reno,Ann,1 Road,Boston,US,A,2
"""
WHOLE = """Order No,Ship To,Ship Street,Ship City,Ship Country,Items
1,"Ann, 1 Road 2, Boston 02108",1 Road,Boston,US,"[{""sku"":""A"",""name"":""Tea"",""quantity"":2},{""sku"":""B"",""name"":""Mug"",""quantity"":1}]"
"""
SHORT = """Auftrag-Nr;Rechnungsempfänger;R-Straße;R-Ort;Lieferempfänger;L-Straße;L-Ort;L-Land;Art.-Nr.;Bez.;Stk;EP netto
1;Zahler;Bank 9;Berlin;Ann;Ring 3;Wien;A;M;Mug;2;9,50
"""

ADDRESSED = "Order,Ship To,Ship Address 1,Ship City,Ship Country"
LINE_NUMBERS = f"""{ADDRESSED},Line Number,2nd Item Number,Qty,Price each,Base Curr
1,Ann,1 Road,Boston,US,1.000,TEA,2,5.00,USD
1,Ann,1 Road,Boston,US,2.000,MUG,1,8.00,USD
"""
COUNTED = f"""{ADDRESSED},Item Number,Product ID,Qty
1,Ann,1 Road,Boston,US,10,901,2
1,Ann,1 Road,Boston,US,20,902,1
2,Bo,2 Road,Boston,US,10,901,1
"""
FLOORS = """Order;Nombre para el envío;Estado del envío;Dirección;Número;Piso;Ciudad;Estado;País;SKU;Cantidad
1;Ana;Listo para enviar;San Martín;77;5 B;Rosario;Santa Fe;Argentina;T;2
"""
PROVINCES = """Order Number,Name,Address 1,City,State,Zip,Country,SKU,Qty
1,Ann,1 Via,Torino,TO,10121,IT,TEA,1
2,Bo,2 Rua,Belém,Pará,66000,BR,TEA,1
"""
KIT = f"""{ADDRESSED},Line Type,SKU,Qty
1,Ann,1 Road,Boston,US,KIT,GIFT,2
1,Ann,1 Road,Boston,US,COMPONENT,TEA,2
1,Ann,1 Road,Boston,US,COMPONENT,MUG,2
"""
PAYMENTS = """Invoice Number,Type,Name,Shipping Address,From Email Address,To Email Address,Address Line 1,Town/City,Zip/Postal Code,Country Code,Item ID,Quantity
1,Express Payment,Ann,"Ann, Lee, 1 Road, Boston, 02108",a@example.com,s@example.com,1 Road,Boston,02108,US,T,2
2,Payment Refund,Bo,"Bo, Ray, 2 Road, Reno, 89502",s@example.com,b@example.com,2 Road,Reno,89502,US,T,1
3,Payment Not Refunded,Bo,"Bo, Ray, 2 Road, Reno, 89502",b@example.com,s@example.com,2 Road,Reno,89502,US,T,1
"""
WHOLE_STREET = """Order,Ship To,Shipping Address,Address Line 1,Town,Postcode,Country,SKU,Qty
1,Ann,"Ann, Lee, 1 Road, Boston, 02108",1 Road,Boston,02108,US,T,2
2,Bo,"Bo, Ray, 2 Road, Reno, 89502",2 Road,Reno,89502,US,T,1
"""
MAILS = """Order,To Name,To Street,To City,To Country,To Email,SKU,Qty
1,Ann,1 Road,Boston,US,a@example.com,T,2
"""
UNITS = f"""{ADDRESSED},orderItemCode,orderItemAmount,orderItemUnitPriceWithVat
1,Ann,1 Road,Boston,US,T,2,5.00
"""
LIST_PRICE = f"""{ADDRESSED},SKU,Qty,products_price,final_price,order_total
1,Ann,1 Road,Boston,US,T,2,6.00,5.00,18.00
1,Ann,1 Road,Boston,US,M,1,8.00,8.00,18.00
"""
RETAIL = """Reference Number,Ship To,Ship Address 1,Ship City,Ship Country,SKU,Qty,Item: Retail price,Retail currency
R-1,Ann,1 Road,Boston,US,T,2,19.99,USD
"""
SIDE_BY_SIDE = f"""{ADDRESSED},SKUs,Quantities,Tags
1,Ann,1 Road,Boston,US,"T, M","2, 1",new
2,Bo,2 Road,Boston,US,M,3,"a, b"
"""
LIST_BESIDE = f"""{ADDRESSED},SKU,Qty
1,Ann,1 Road,Boston,US,"FOX-1,FOX-2",3
"""

KNOWN = """Order ID,Customer ID,Order Currency Code,Shipping Suburb,Shipping State,Product Details
1,7,USD,Austin,Texas,
2,8,USD,Toronto,Ontario,
"""

PROVEN: dict[str, tuple[bytes, list[str]]] = {
    "French": (
        FRENCH.encode("utf-8-sig"),
        [
            'delimiter = ";" # row 1',
            'decimal = "," # row 2: "1 234,50"',
            'thousands = " " # row 2: "1 234,50"',
            '"Prix HT" = "items.unitPrice" # of one unit: row 2: 2 × 1234.5 = 2469 (Total ligne)',
            '"toAddress.name" = { of = ["Prénom livraison", "Nom livraison"], with = " " }',
            '"Pays de livraison" = { values = "country-names" } # row',
            '# with this in cells: "Date" = { date = "%d/%m/%Y" } (row 2: "25/12/2025")',
        ],
    ),
    "Spanish": (
        SPANISH.encode(),
        [
            '"País" = { values = "country-alpha3" }',
            '"Importe" = { divide_by = "Cantidad" } # row 2: the lines come to 25.5 (Total pedido)',
            '# Question: row 4: "Cancelado" in Estado',
            '# skip_orders = [{ column = "Estado", is = ["Cancelado"] }',
        ],
    ),
    "a warehouse's": (
        WAREHOUSE.encode(),
        [
            'delimiter = "|" # row 2',
            "header_row = 2 # row 2",
            'fill_down = "ORDER_NO" # row 4',
            'thousands = "," # row 3: "1,000.00"',
            '# Question: row 5 is a total',
            '# skip_rows = [{ column = "ORDER_NO", is = ["Total"] }]',
            '"SHIP_TO_ZIP" = { strip = "\'" } # row 3: "\'02108"',
            '"SHIP_TO_STATE" = { values = "us-states" } # row 3: "Massachusetts"',
            '"ORDER_QTY" = { whole = true } # row 3: "1,000.00"',
            '"UNIT_PRICE" = { currency = "$", thousands = "," } # row 3: "$0.1250"',
            '# "charges.currency" = "USD"',
            '"items.unitWeight.unitOfMeasurement" = "LB" # WEIGHT_LB',
        ],
    ),
    "numbered groups": (
        GROUPS.encode(),
        [
            '"SKU#" = "items.itemId"',
            '"Qty#" = "items.quantity"',
            '"Price#" = "items.unitPrice"',
            '"toAddress.addressLine1" = { of = ["Street", "House number"], with = " " }',
            '"Zip" = { strip = "D-" } # row 2: "D-20457"',
            '# "charges.currency" = "EUR"',
            '"Customer" = "toAddress.name" # Question: is this who it is sent to?',
        ],
    ),
    "a billing address": (
        BILLING.encode(),
        [
            "# Question: row 2 has a billing address only",
            '# take = ["billing address 1", "billing city", "billing zip", "billing country"]',
            "# Question: is price the price of one unit, or of the line? If of the line:",
            '# "price" = { divide_by = "quantity" }',
            "# Question: row 2: 05/06/2026 – day or month first?",
        ],
    ),
    "what is not proven": (
        WEIGHT.encode(),
        [
            '# Question: row 2: "1,234" – a thousand, or decimals?',
            '# thousands = ","',
            "# Question: in which unit is weight: OZ, GM, LB or KG",
            "# Question: in which currency is price?",
        ],
    ),
    "an old encoding": (
        "Order number;ship name;ship street;ship city;ship country;sku;qty\n1;Jürgen Müller;Straße;Köln;DE;A;1\n".encode("cp850"),
        ['encoding = "cp850" # line 2 has bytes that are not UTF-8, which are ü ß ö then'],
    ),
    "a central European one": (
        "Order number;ship name;ship street;ship city;ship country;sku;qty\n1;Łukasz;Główna;Łódź;PL;A;1\n".encode("cp1250"),
        ['encoding = "cp1250" # line 2'],
    ),
    "a Japanese one": (
        "Order number,ship name,ship street,ship city,ship country,商品（名）,qty\n1,花子,見本町１：２,東京都,JP,器,1\n".encode("cp932"),
        ['encoding = "cp932" # line 1'],
    ),
    "a Chinese one": (
        "Order number,ship name,ship street,ship city,ship country,商品,qty\n1,王小明,示例路一号,上海,CN,杯子,1\n".encode("gb18030"),
        ['encoding = "gb18030" # line 1'],
    ),
    "numbers of items": (
        b"Order No.,Ship-to Name,Ship-to Address,Ship-to City,Ship-to Country/Region Code,Line Type,No.,Description,Quantity\n1,A,B,C,DE,Item,1000,Tea,2\n",
        ['"No." = "items.itemId" # Question', '"Ship-to Country/Region Code" = "toAddress.countryCode"'],
    ),
    "no quoting": (
        b'order number\tship name\tship street\tship city\tship country\tsku\tproduct name\tqty\n1\tA\tB\tC\tUS\tS\t"Best" 12" mug\t1\n',
        ['delimiter = "\\t" # row 1', 'quote = "" # row 2'],
    ),
    "items in a cell": (
        b"Order ID,Ship Name,Ship Street,Ship City,Ship Country,Items\n1,Ann,R,Bonn,DE,2x Mug; 1x Cap\n2,Bo,R,Bonn,DE,1x Mug\n",
        ['"Items" = { between = ";", pattern = "(?P<quantity>[0-9]+) ?[x×] ?(?P<description>.+)" } # row 2: "2x Mug; 1x Cap"'],
    ),
    "labels in a cell": (
        LABELLED.encode(),
        [
            '"Product Details" = { between = "|", pattern = "Product ID ?: ?.*?, ?Product Qty ?: ?(?P<quantity>[0-9]+), ?Product SKU ?: ?(?P<itemId>.*?), ?Product Name ?: ?(?P<description>.*?), ?Product Unit Price ?: ?(?P<unitPrice>.*?), ?Product Total Price ?: ?.*" } # row 2',
            "# Question: in which currency is items.unitPrice?",
        ],
    ),
    "labels of one item": (
        ONE_EACH.encode(),
        ['"line_items" = { between = ";", pattern = "name ?: ?(?P<description>.*?)\\\\| ?product_id ?: ?.*?\\\\| ?sku ?: ?(?P<itemId>.*?)\\\\| ?quantity ?: ?(?P<quantity>[0-9]+)\\\\| ?total ?: ?.*" } # Question: no row has several items'],
    ),
    "several ids in a cell": (
        LISTS.encode(),
        ['# Question: row 2: "FOX-1,FOX-2" has several items', '# "SKU" = { between = ",", pattern = "(?P<itemId>.+)" }', "# Question: which column is the item"],
    ),
    "a carrier beside the address": (
        MARKET.encode(),
        [
            '"Shipping address company" = "toAddress.company"',
            '"Offer SKU" = "items.itemId"',
            '"Details" = "items.description" # Question',
        ],
    ),
    "a state of an order, and a currency in a name": (
        SALES.encode(),
        [
            "header_row = 2",
            '"# de venta" = "orderNumber"',
            '"Estado#2" = "toAddress.stateProvince"',
            '"Unidades" = "items.quantity"',
            '"Título de la publicación" = "items.description"',
            '"Comprador" = "toAddress.name" # Question',
            '"charges.currency" = "MXN" # Precio unitario de venta (MXN)',
        ],
    ),
    "Dutch": (
        DUTCH.encode("utf-8-sig"),
        [
            '"bestelnummer" = "orderNumber"',
            '"toAddress.name" = { of = ["voornaam_verzending", "achternaam_verzending"], with = " " }',
            '"toAddress.addressLine1" = { of = ["adres_verz_straat", "adres_verz_huisnummer", "adres_verz_huisnummer_toevoeging"], with = " " }',
            '"woonplaats_verzending" = "toAddress.cityTown"',
            '"referentie" = "items.itemId"',
        ],
    ),
    "taxes and returns": (
        LINES.encode(),
        [
            '"Shipping Addressee" = "toAddress.name"',
            '"Item" = "items.description" # Question',
            "# Question: row 3 has no quantity",
            "# Question: row 4 has a negative quantity",
            '# skip_rows = [{ column = "Quantity", blank = true }, { column = "Order Type", is = ["Return"] }]',
        ],
    ),
    "a footer, and a masked phone": (
        FOOTER.encode(),
        [
            "# Question: row 5 has no item and no address",
            '# skip_rows = [{ all = [{ column = "Post to address 1", blank = true }, { column = "Item title", blank = true }] }]',
            '# "Post to phone" = "" # row 3 is masked',
        ],
    ),
    "a fee that comes out by chance": (
        FEES.encode(),
        ['"Item Price" = "items.unitPrice" # of one unit: row 2: 2 × 10 = 20 (Item Total Price)'],
    ),
    "keys of tables": (
        KEYS.encode(),
        [
            '"SalesOrder Number" = "orderNumber"',
            '"shipping_person_name" = "toAddress.name"',
            '# "shipping_country_id" = { values = { 2fbb = "XX" } }',
            '"SKU" = { strip = "SKU:" } # row 2: "SKU:T"',
            '"name" = "items.description" # Question',
        ],
    ),
    "a number where a name is meant": (
        LIST.encode(),
        [
            '"Sales Doc." = "orderNumber"',
            '"toAddress.name" = { of = ["Name 1", "Name 2"], with = " " }',
            '"Material" = "items.itemId" # Question',
            '"Cty" = "toAddress.countryCode" # Question',
        ],
    ),
    "a buyer's names": (
        BUYERS.encode("utf-16"),
        [
            'encoding = "utf-16" # the file begins with its mark',
            "# Question: toAddress.name is the buyer's",
            '"toAddress.name" = { of = ["customer_first_name", "customer_last_name"], with = " " }',
            '"Adresse de livraison 1" = "toAddress.addressLine1"',
            '"Référence vendeur" = "items.itemId"',
        ],
    ),
    "kinds of rows": (
        KINDS.encode(),
        [
            '# Question: Line: Type says "Fulfillment Line", "Discount" of rows',
            "# Question: row 5 has no quantity",
            '# skip_rows = [{ column = "Line: Type", is = ["Fulfillment Line", "Discount"] }, { column = "Line: Quantity", blank = true }]',
        ],
    ),
    "groups of columns": (
        ABOVE.encode(),
        [
            '"Name#2" = "toAddress.name" # Question',
            '"Address#2" = "toAddress.addressLine1"',
            '"City#2" = "toAddress.cityTown"',
            "# Question: is Line price the price of one unit, or of the line?",
        ],
    ),
    "an address twice": (
        TWICE.encode(),
        [
            '"Ship To" = "toAddress.name"',
            '"Address#2" = "toAddress.addressLine1"',
            '"City#2" = "toAddress.cityTown"',
            '"State" = { values = { "MA - Massachusetts" = "MA" } }',
        ],
    ),
    "an address twice, of whom nobody knows": (
        NOT_SAID.encode(),
        ['"Address" = "toAddress.addressLine1" # Question: or is the order sent to Address#2?'],
    ),
    "a whole address in a cell, and JSON": (
        WHOLE.encode(),
        [
            "# Question: which column is the name of who it is sent to?",
            '"Items" = { between = "},{", pattern = "',
        ],
    ),
    "abbreviations": (
        SHORT.encode(),
        [
            '"Lieferempfänger" = "toAddress.name"',
            '"L-Straße" = "toAddress.addressLine1"',
            '"L-Land" = "toAddress.countryCode"',
            '"Art.-Nr." = "items.itemId"',
            '"Bez." = "items.description"',
            '"Stk" = "items.quantity"',
            '"EP netto" = "items.unitPrice"',
        ],
    ),
    "a layout's states, and another country's": (
        KNOWN.encode(),
        ['layout = "bigcommerce"', '"Shipping State" = { values = { Texas = "TX", Ontario = "ON" } }'],
    ),
    "numbers of lines, and a currency's codes": (
        LINE_NUMBERS.encode(),
        ['"2nd Item Number" = "items.itemId" # Question', '"Base Curr" = "charges.currency" # Question'],
    ),
    "numbers of lines by their cells": (COUNTED.encode(), ['"Product ID" = "items.itemId"']),
    "a state of shipping, a house's number and a floor": (
        FLOORS.encode(),
        [
            '"Estado" = "toAddress.stateProvince"',
            '"toAddress.addressLine1" = { of = ["Dirección", "Número"], with = " " }',
            '"Piso" = "toAddress.addressLine2" # Question',
        ],
    ),
    "a state that is called as a small word": (
        PROVINCES.encode(),
        ['"State" = "toAddress.stateProvince"'],
    ),
    "a kit and its parts": (
        KIT.encode(),
        [
            '# Question: Line Type says "COMPONENT" of rows: are they parts of a kit',
            '# skip_rows = [{ column = "Line Type", is = ["COMPONENT"] }]',
        ],
    ),
    "payments": (
        PAYMENTS.encode(),
        [
            '# skip_orders = [{ column = "Type", is = ["Payment Refund"] }]',
            'unused = ["Type", "Shipping Address", "From Email Address", "To Email Address"]',
            '"Address Line 1" = "toAddress.addressLine1"',
        ],
    ),
    "a whole address beside its parts": (
        WHOLE_STREET.encode(),
        ['unused = ["Shipping Address"]', '"Address Line 1" = "toAddress.addressLine1"'],
    ),
    "an address with a mail's": (MAILS.encode(), ['"To Email" = "toAddress.email"']),
    "an amount that is how many": (UNITS.encode(), ['"orderItemAmount" = "items.quantity" # Question']),
    "a list price beside what was paid": (
        LIST_PRICE.encode(),
        ['"final_price" = "items.unitPrice" # of one unit: row 2: the lines come to 18 (order_total)'],
    ),
    "a reference, and a retail price": (
        RETAIL.encode(),
        [
            '"Reference Number" = "orderNumber" # Question',
            '"Item: Retail price" = "items.unitPrice"',
            '"Retail currency" = "charges.currency" # Question',
        ],
    ),
    "items side by side": (
        SIDE_BY_SIDE.encode(),
        ['# Question: row 2: "2, 1": several items stand side by side in SKUs, Quantities, which no setting'],
    ),
    "several ids beside a quantity": (
        LIST_BESIDE.encode(),
        ['# Question: row 2: "FOX-1,FOX-2" looks like several items', '"SKU" = "items.itemId"'],
    ),
    "a purchase order's number": (
        PURCHASES.encode(),
        [
            '"PO Number" = "orderNumber" # Question',
            '"SKU" = "items.itemId" # rather than Item Number',
            '# "fromAddress.addressLine1" = "1 Your street"',
        ],
    ),
    "an invoice, and a house's number": (
        INVOICES.encode(),
        [
            '"Invoice No" = "orderNumber" # Question',
            '"Product/Service" = "items.itemId" # Question',
            '"Product/Service Quantity" = "items.quantity"',
            '"items.price" = "items.unitPrice"',
            '"toAddress.addressLine1" = { of = ["Shipping street", "Shipping number", "Shipping extension"], with = " " }',
        ],
    ),
    "signs that say the currency": (
        "Bestellnr;Empfänger;Straße;PLZ;Ort;Land;Artikel-Nr.;Menge;Einzelpreis\n1;A;B;01067;Dresden;Deutschland;X;2,00;1.234,50 €\n".encode(),
        [
            '"Einzelpreis" = { currency = "€", decimal = ",", thousands = "." } # row 2: "1.234,50 €"',
            '"charges.currency" = "EUR" # Einzelpreis, row 2: "1.234,50 €"',
            '"Menge" = { whole = true } # row 2: "2,00"',
            '"Empfänger" = "toAddress.name"',
            '"Land" = "toAddress.countryCode" # Question: is this toAddress.countryCode?',
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PROVEN)
def test_what_the_bytes_prove_has_its_row_and_all_else_is_asked(case: str, tmp_path: Path) -> None:
    content, wanted = PROVEN[case]
    file = tmp_path / "orders.csv"
    file.write_bytes(content)
    lines = draft_of(file, tmp_path).splitlines()
    assert [line for line in wanted if not any(each.startswith(line) for each in lines)] == [], "\n".join(
        lines
    )


@pytest.mark.parametrize("case", PROVEN)
def test_no_proof_is_a_value_of_a_person(case: str, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(PROVEN[case][0])
    text = draft_of(file, tmp_path)
    assert [
        word for word in ("Durand", "rue X", "Ruiz", "Sal Sample", "Hauptstr", "Müller") if word in text
    ] == []


@pytest.mark.parametrize(
    ("file", "name"),
    {
        "EtsySoldOrderItems2026-8.csv": "EtsySoldOrderItems2026-8",
        "sale.order.csv.gz": "sale_order",
        "To ship order 26.11.txt": "To_ship_order_26_11",
        "Bestellungen März.CSV": "Bestellungen_M_rz",
        "….csv": "source",
    }.items(),
)
def test_a_source_is_called_as_its_file(file: str, name: str) -> None:
    assert source_name(file) == name
    tomllib.loads(f"[sources.{name}]")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 3),
        (b"\x00\x01\x02", 3),
        (b"1001,Ann Sample,ann@example.com\n1002,Bo,bo@example.com\n", 3),
        (b"a\rb\rc\r", 3),
        (b"order number,sku\n", 0),
    ],
)
def test_what_cannot_be_drafted_is_refused(
    content: bytes, status: int, command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(content)
    answer = command("sources", "draft", file)
    assert answer.status == status
    assert "ann@example.com" not in answer.out + answer.err


def test_a_path_that_is_not_there_is_wrong_use(command: Command, tmp_path: Path) -> None:
    assert command("sources", "draft", tmp_path / "none.csv").status == 2


@given(
    header=st.lists(st.text(max_size=12), min_size=1, max_size=8),
    rows=st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=8), max_size=5),
)
@example(header=["x"], rows=[["A-1", "0\x08", "a control character in a proof"]])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_draft_of_anything_is_toml_or_a_refusal(
    header: list[str], rows: list[list[str]], tmp_path: Path
) -> None:
    file = tmp_path / "x.csv"
    with file.open("w", encoding="utf-8", errors="replace", newline="") as write:
        csv.writer(write).writerows([["Order Number", "Price", *header], *rows])
    with suppress(BatchError):
        draft_of(file, tmp_path)
