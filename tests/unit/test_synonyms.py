"""What the names of columns mean, in the words of shops, marketplaces and systems; and which say too little."""

import pytest

from flows.sources.name_marks import named_currency
from flows.sources.synonyms import find_meaning

MEANT = {
    "N° de commande": "orderNumber",
    "# de venta": "orderNumber",
    "Numero d'ordine": "orderNumber",
    "bestelnummer": "orderNumber",
    "Sales Doc.": "orderNumber",
    "Adresse de livraison 1": "toAddress.addressLine1",
    "Adresse de livraison 2": "toAddress.addressLine2",
    "Shipping Addressee": "toAddress.name",
    "shipping_person_name": "toAddress.name",
    "shipping_zone": "toAddress.stateProvince",
    "woonplaats_verzending": "toAddress.cityTown",
    "Indirizzo di spedizione": "toAddress.addressLine1",
    "Offer SKU": "items.itemId",
    "Référence vendeur": "items.itemId",
    "ASIN/ISBN": "items.itemId",
    "Título de la publicación": "items.description",
    "Unidades": "items.quantity",
    "Item Rate": "items.unitPrice",
    "Selling Price Per Item": "items.unitPrice",
    "Precio unitario de venta (MXN)": "items.unitPrice",
    "Subtotal (inc tax)": "charges.subTotal",
    "Total (€)": "charges.gmv",
    "Numer zamówienia": "orderNumber",
    "Land ISO": "toAddress.countryCode",
    "Lieferung Land ISO": "toAddress.countryCode",
    "Shipping State Or Province": "toAddress.stateProvince",
    "items.qty_ordered": "items.quantity",
    "Product/Service Rate": "items.unitPrice",
    "unit_price_tax_incl": "items.unitPrice",
    "Item Seller Part #": "items.itemId",
    "Miejscowość": "toAddress.cityTown",
    "Versand an PLZ": "toAddress.postalCode",
    "Verkauft für": "items.unitPrice",
    "SACity": "toAddress.cityTown",
    "UnitAmount": "items.unitPrice",
    "articleordernumber": "items.itemId",
    "Ship-to Country/Region Code": "toAddress.countryCode",
    "Número de orden": "orderNumber",
    "orders_id": "orderNumber",
    "Nombre para el envío": "toAddress.name",
    "Teléfono para el envío": "toAddress.phone",
    "Provincia o estado": "toAddress.stateProvince",
    "Street Line 1": "toAddress.addressLine1",
    "Street Line 2": "toAddress.addressLine2",
    "Address Line 2/District/Neighborhood": "toAddress.addressLine2",
    "Town/City": "toAddress.cityTown",
    "Ship Ctry": "toAddress.countryCode",
    "UPC/EAN": "items.itemId",
    "Description 1": "items.description",
    "Preis pro Einheit": "items.unitPrice",
    "orderItemUnitPriceWithVat": "items.unitPrice",
    "currency_iso_code": "charges.currency",
    "Date/Time": None,
    "SKU/Lot": None,
    "City/SKU": None,
    "Line Number": None,
    "Order Line No.": None,
    "Sales": None,
    "Number of Items": None,
    "No. of products": None,
    "No of Item": None,
    "Number of customer": None,
    "Exchange Rate": None,
    "Rate": None,
    "Item": None,
    "Customer Phone Number": None,
    "Shipping Code": None,
    "Billing address city": None,
    "adres_fact_straat": None,
    "CAP": None,
}


@pytest.mark.parametrize("name", MEANT)
def test_a_name_means_its_member_or_none(name: str) -> None:
    found = find_meaning(name)
    assert (found and found.member) == MEANT[name]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("SalesOrder Number", "SalesOrder ID"),
        ("order_number", "order_id"),
        ("Offer SKU", "Product SKU"),
        ("referentie", "EAN"),
        ("SKU", "Product ID"),
    ],
)
def test_of_two_names_for_one_member_the_better_comes_first(better: str, worse: str) -> None:
    first, second = find_meaning(better), find_meaning(worse)
    assert first
    assert second
    assert first.member == second.member
    assert first.rank < second.rank


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Total (MXN)", "MXN"),
        ("Preis [€]", "EUR"),
        ("Price ($)", None),
        ("Price (net)", None),
        ("Total", None),
    ],
)
def test_a_currency_in_brackets_is_told(name: str, code: str | None) -> None:
    assert named_currency(name) == code
