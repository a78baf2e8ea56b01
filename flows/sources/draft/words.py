"""Further words of shops and ERPs, for what is no member of its own: parts of a name, totals of a line, marks of a status."""

from flows.sources.name_words import plain_words
from flows.sources.synonym_words import ITEM


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


FIRST = _set(
    "firstname givenname forename vorname prenom nombre name1 voornaam nome imie customerfirstname buyerfirstname"
)
LAST = _set(
    "lastname surname familyname nachname familienname nom nomdefamille apellido apellidos name2 achternaam cognome nazwisko sobrenome"
    " customerlastname buyerlastname"
)
HOUSE = _set(
    "housenumber houseno hausnummer hausnr hnr streetnumber numerorue numerocalle numerovoie huisnummer huisnr numerocivico"
)
HOUSE_BESIDE = _set("number no nr nummer numero num")
"""A number of a house beside the street of a recipient, and else of anything."""

HOUSE_ADDITION = _set(
    "hausnummerzusatz housenumberaddition huisnummertoevoeging extension housenumberextension numberextension"
)

BUYER = _set(
    "customername customer buyername buyer kunde kundenname nomclient client nombrecliente cliente clientname"
    " contactname contact name fullname nomducliente nomduclient nombredelcliente retailername retailer acheteur"
    " klant klantnaam acquirente kupujacy comprador"
)
"""Who bought: taken for who it is sent to where no column says that."""

LINE_TOTAL = _set(
    "linetotal itemtotal lineamount linevalue linesum rowtotal extendedprice extprice extended extendedamount sales"
    " gesamtpreis positionswert positionssumme positionsbetrag zeilensumme zeilenbetrag zeilenpreis summe betrag"
    " totalligne totallignes montantligne prixtotal montant importe importelinea totallinea preciototal"
    " totalprice itemsubtotal linesubtotal netamount amount total subtotal netvalue lineitemtotal"
)
"""The price of a line, for all its units."""

UNIT = (
    "unit",
    "each",
    "einzel",
    "stuck",
    "stueck",
    "unitaire",
    "unitario",
    "per piece",
    "unidad",
    " pu",
    "pro stuck",
)

AMOUNT = (
    "price", "total", "amount", "value", "cost", "sum", "net", "gross", "sales", "preis", "betrag", "summe", "wert", "prix",
    "montant", "precio", "importe", "suma",
)  # fmt: skip

FEE = (
    "shipping", "ship", "postage", "delivery", "freight", "tax", "vat", "gst", "discount", "coupon", "refund", "fee", "tip",
    "duty", "versand", "porto", "steuer", "mwst", "rabatt", "gutschein", "gebuhr", "gebuehr", "livraison", "port", "taxe", "tva",
    "remise", "frais", "envio", "impuesto", "iva", "descuento", "verzending", "korting", "btw", "spedizione", "sconto",
)  # fmt: skip
"""Amounts beside those of the items, which their prices come to by chance only."""

CANCELLED = _set(
    "cancelled canceled cancelado cancelada annule annulee annulled storniert storno abgebrochen refunded refund"
    " rembourse remboursee reembolsado reembolsada erstattet voided void failed fehlgeschlagen returned return returns retoure"
    " retour devolucion geannuleerd annullato"
)
SHIPPED = _set(
    "shipped fulfilled delivered complete completed closed versendet versandt geliefert abgeschlossen expedie expediee"
    " livre livree enviado enviada entregado entregada done verzonden geleverd spedito consegnato"
)
_KINDS = _set("type kind typ tipo art status state statut etat stato estado event transaction")

PARTS = _set(
    "component components bom part kitcomponent kititem bundleitem bundlecomponent komponente composant componente"
)
"""Rows that say what a kit of the same order is made of."""

WAITING = _set(
    "pending waiting awaiting processing ready open new unfulfilled unshipped ship shipment fulfillment pendiente listo lista enviar"
    " preparar preparacion abierta abierto nuevo nueva offen neu bereit versandbereit attente expedier"
)
"""What is not shipped yet; no state of a country is called so."""

BETWEEN_THESE = _set("to for be para por en no sin a")
"""What stands between such words; alone they are states too: TO is Torino, Pará a state of Brazil."""

TOTALS = _set(
    "total totals gesamt gesamtsumme summe summen sum grandtotal subtotal zwischensumme totaux soustotal suma totales"
    " totalgeneral sumtotal endsumme"
)


def joined(name: str) -> str:
    """A name as one word without signs."""
    return plain_words(name).replace(" ", "")


def says(cell: str, words: frozenset[str]) -> bool:
    """Whether a cell is one of these words, or several of them."""
    plain = plain_words(cell)
    return plain.replace(" ", "") in words or (bool(plain) and all(word in words for word in plain.split()))


def says_any(cell: str, words: frozenset[str]) -> bool:
    """Whether one of these words stands in a cell, and none that takes it back: `Payment Refund`, but not `Not refunded`."""
    said = set(plain_words(cell).split())
    return bool(said & words) and not said & {"not", "no", "non", "nicht", "never", "without"}


def says_kind(name: str) -> bool:
    """Whether a name says that its cells are kinds or states of something: there a word among others tells enough."""
    return bool(_KINDS & set(plain_words(name).split()))


def is_line_total(name: str) -> bool:
    """Whether a name says the price of a line."""
    words = plain_words(name)
    rests = [words.replace(" ", "")]
    rests += [words.removeprefix(each).replace(" ", "") for each in ITEM if words.startswith(f"{each} ")]
    return any(rest in LINE_TOTAL for rest in rests)


def says_amount(name: str) -> bool:
    """Whether a name says that money stands there: other numbers come out by chance."""
    words = plain_words(name)
    return any(each in words for each in AMOUNT)


def says_fee(name: str) -> bool:
    """Whether a name says an amount that no item has."""
    return bool(set(FEE) & set(plain_words(name).split()))


def says_unit(name: str) -> bool:
    """Whether a name says that it is of one unit."""
    words = f" {plain_words(name)}"
    return any(each in words for each in UNIT)
