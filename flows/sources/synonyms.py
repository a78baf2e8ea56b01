"""Finds the member that a column's name means: by meaning, in the words that shops and ERPs use, then by letters."""

import re
import unicodedata
from difflib import get_close_matches

from flows.sources.names import canonical
from validators.order_model import MEMBERS

TO = ("ship to", "shipping", "delivery address", "delivery", "deliver to", "recipient", "ship", "empfang", "empfaenger", "liefer", "lieferadresse", "livraison", "envio", "to")  # fmt: skip
FROM = ("ship from", "warehouse", "sender", "absender", "origin address", "from")
ITEM = (
    "lineitem",
    "line item",
    "order lines",
    "order line",
    "product item",
    "item",
    "product",
    "artikel",
    "line",
)
ORDER = ("order", "sale", "bestell")

_ADDRESS = {
    "name": "name full fullname contact contactname recipientname attention attn nom nombre",
    "company": "company companyname organization organisation firma business societe empresa",
    "addressLine1": "address address1 addressline1 street street1 streetaddress line1 strasse adresse adresse1 direccion addr1",
    "addressLine2": "address2 addressline2 street2 line2 apartment apt suite adresse2 addr2",
    "addressLine3": "address3 addressline3 street3 line3",
    "cityTown": "city town citytown ort stadt ville ciudad locality",
    "stateProvince": "state province stateprovince region county provincecode statecode bundesland provincia stateregion",
    "postalCode": "zip zipcode postcode postalcode plz postal codepostal codigopostal zippostalcode pin",
    "countryCode": "country countrycode land lkz pays pais countryiso",
    "phone": "phone phonenumber tel telephone telefon telefono mobile",
    "email": "email mail emailaddress",
}
_ITEM = {
    "itemId": "sku id number code itemid article articlenumber artikelnummer reference internalreference productcode itemnumber skuid sellersku",
    "description": "description title name productname itemname bezeichnung producttitle producttemplate descripcion artikelbezeichnung",
    "quantity": "quantity qty menge anzahl count units quantitypurchased quantityordered cantidad quantite pieces",
    "unitPrice": "price unitprice preis itemprice einzelpreis precio prix unitcost",
    "unitWeight.weight": "weight unitweight gewicht grams",
    "hSTariffCode": "hscode tariffcode hs hstariffcode harmonizedcode customscode",
    "originCountryCode": "origincountry countryoforigin madein",
}
_HEAD = {
    "orderNumber": "ordernumber orderid orderno order ordernr ordername orderreference bestellnummer auftragsnummer salesrecordnumber commande pedido amazonorderid",
    "charges.currency": "currency currencycode waehrung wahrung devise moneda ordercurrency",
    "charges.gmv": "total ordertotal grandtotal totalamount amount gesamtsumme ordervalue",
    "charges.subTotal": "subtotal ordersubtotal",
    "charges.totalPaid": "paid amountpaid totalpaid",
    "charges.paymentType": "paymentmethod paymenttype payment zahlungsart paymentmethodtitle",
    "charges.billingStatus": "financialstatus paymentstatus",
    "customerInfo.email": "buyeremail customeremail useremail",
    "customerInfo.customerId": "customerid kundennummer customernumber buyerid username buyerusername buyer",
    "customerInfo.firstName": "firstname givenname vorname",
    "customerInfo.lastName": "lastname surname nachname familyname",
    "orderMessage.message": "note notes customernote giftmessage message buyernote comments",
    "shippingPreferences.service": "shippingservice shippingmethod shipservicelevel service deliverymethod",
    "shippingPreferences.carrier": "carrier shippingcarrier",
    "shippingReference.reference1": "reference customerreference ponumber po",
}


def _by_word(table: dict[str, str], prefix: str = "") -> dict[str, str]:
    return {word: prefix + member for member, words in table.items() for word in words.split()}


_ADDRESS_WORDS, _ITEM_WORDS, _HEAD_WORDS = _by_word(_ADDRESS), _by_word(_ITEM, "items."), _by_word(_HEAD)
_ORDER_WORDS = {**_HEAD_WORDS, **dict.fromkeys(("number", "id", "no", "name", "nr"), "orderNumber")}
_OURS = {path.lower(): path for path in MEMBERS}


def meant_member(name: str) -> str | None:
    """The member that a name means by its words; None where they say nothing, or another thing (a billing address)."""
    words = _plain(name)
    joined = words.replace(" ", "")
    if joined in _HEAD_WORDS:
        return _HEAD_WORDS[joined]
    if re.match("bill|rechnung|invoice|payer", words):
        return None
    return _behind_a_beginning(words) or _alone(joined)


def _behind_a_beginning(words: str) -> str | None:
    """What a name means that begins with whose it is: `ship to city`, `lineitem sku`, `order total`."""
    tables = (
        (TO, _ADDRESS_WORDS, "toAddress."),
        (FROM, _ADDRESS_WORDS, "fromAddress."),
        (ITEM, _ITEM_WORDS, ""),
    )
    for prefixes, table, at in tables:
        rest = _behind(words, prefixes)
        if rest and rest in table:
            return at + table[rest]
    rest = _behind(words, ORDER)
    return _ORDER_WORDS.get(rest or "")


def _alone(joined: str) -> str | None:
    if joined in _ADDRESS_WORDS and joined not in ("name", "email", "full"):
        return f"toAddress.{_ADDRESS_WORDS[joined]}"
    return _ITEM_WORDS.get(joined) if joined not in ("id", "number", "code", "name") else None


def near_member(name: str) -> str | None:
    """The member that a name means, or else the one that is written most alike."""
    meant = meant_member(name)
    if meant:
        return meant
    near = get_close_matches(canonical(name), _OURS, n=1)
    return _OURS[near[0]] if near else None


def _plain(name: str) -> str:
    """Lower case words without accents and signs: `Ship To - Address 1` is `ship to address 1`."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    letters = unicodedata.normalize("NFKD", spaced.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", letters.lower()).split())


def _behind(words: str, prefixes: tuple[str, ...]) -> str | None:
    """What stands behind the longest of these beginnings, as one word."""
    for prefix in sorted(prefixes, key=len, reverse=True):
        if words.startswith(prefix) and len(words) > len(prefix):
            return words.removeprefix(prefix).replace(" ", "")
    return None
