"""Settings of a source, a line each, for tests: those that can be, and those that cannot, with the key that is told.

In a line `¶` stands for a line's end.
"""

GOOD = r"""
files = [".txt", ".TSV"]
encoding = "cp1252"
encoding = "utf-16"
encoding = "utf-8-sig"
encoding = "Windows-1252"
delimiter = ";"
delimiter = "\t"
delimiter = "\u0001"
delimiter = "1"
quote = ""
quote = "'"
sheet = "Orders"
header_row = 1
header_row = 1000
decimal = ","
decimal = ","¶thousands = "."
decimal = "."¶thousands = "'"
thousands = " "
fill_down = "Order Reference"
skip_rows = [{ column = "A", is = ["x", ""] }]
skip_rows = []
skip_orders = [{ column = "A", blank = true }, { column = "B", filled = true }]
head_only = [{ all = [{ column = "A", filled = true }, { all = [{ column = "B", is = ["x"] }] }] }]
unused = ["*"]
unused = ["A", "B"]
marker = ".done"
marker = ".OK"
marker = ".csv.done"
marker = ""
columns = { "Email" = ["customerInfo.email", "toAddress.email"], "City#2" = "toAddress.cityTown" }
columns = { "Bar code" = "metadata.Bar code", "SKU" = "ITEMS.itemID" }
columns = { "A" = "" }
join = { "toAddress.name" = { of = ["First", "Last"], with = " " } }
join = { "toAddress.name" = { of = ["First"] } }
cells = { "A" = {} }
cells = { "A" = { strip = "'" } }
cells = { "A" = { strip = ["'", "DE-"] } }
cells = { "A" = { values = "country-names" } }
cells = { "A" = { values = { D = "DE", d = "DE", "" = "x" } } }
cells = { "A" = { currency = "$", thousands = ",", decimal = "." } }
cells = { "A" = { currency = "kr." } }
cells = { "A" = { whole = true } }
cells = { "A" = { times = "453.59237" } }
cells = { "A" = { times = "2.20462262185" } }
cells = { "A" = { times = "999999999999" } }
cells = { "A" = { divide_by = "B" } }
cells = { "A # B" = { divide_by = "A # C" } }
cells = { "A" = { shift = -9 } }
cells = { "A" = { shift = 9 } }
cells = { "A" = { date = "%m/%d/%y" } }
cells = { "A" = { date = "%d.%m.%Y %H:%M" } }
cells = { "A" = { date = "%-d.%-m.%Y" } }
cells = { "A" = { date = "%Y-%m-%d %H:%M:%S.%f" } }
cells = { "A" = { date = "%Y-%m-%dT%H:%M:%S%z" } }
cells = { "A" = { date = "%b %d, %Y %I:%M %p" } }
cells = { "A" = { from = "integer", width = 50 } }
cells = { "A" = { from = "float", decimals = 0 } }
fallback = [{ where = ["A"], take = ["B"] }]
repeat = { "Item # SKU" = "items.itemId" }
repeat = { "Item # SKU" = "" }
items = { "D" = { between = "|", pattern = "(?P<itemId>[^,]*), (?P<unitWeight_weight>[0-9]+)" } }
items = { "D" = { pattern = "(?<quantity>\\d+)x(?P<description>.{1,255})" } }
items = { "D" = { pattern = "(?P<itemId>(a+)+)$" } }
defaults = { "charges.currency" = "EUR", "metadata.Shop" = "x", "items.quantity" = "1" }
defaults = { "charges.currency" = "" }
if_blank = { "charges.currency" = "EUR" }
layout = "shopify"
"""

BAD = r"""
files | files = ".txt"
files | files = ["txt"]
files | files = ["."]
files | files = [""]
files | files = ["./x"]
files | files = [".gz"]
files | files = [".parquet"]
files | files = [1]
encoding | encoding = "rot13"
encoding | encoding = "base64"
encoding | encoding = "idna"
encoding | encoding = "punycode"
encoding | encoding = "unicode_escape"
encoding | encoding = "undefined"
encoding | encoding = "no such codec"
encoding | encoding = "x\u0000"
encoding | encoding = "../../etc/passwd"
encoding | encoding = 8
delimiter | delimiter = ""
delimiter | delimiter = ";;"
delimiter | delimiter = "\""
delimiter | delimiter = "\n"
delimiter | delimiter = "§"
delimiter | delimiter = 1
quote | quote = ","
quote | quote = "''"
quote | quote = "\r"
quote | quote = false
sheet | sheet = 1
header_row | header_row = 0
header_row | header_row = -1
header_row | header_row = 1000000
header_row | header_row = 2.0
header_row | header_row = "2"
header_row | header_row = true
decimal | decimal = ""
decimal | decimal = ",,"
decimal | decimal = "1"
decimal | decimal = "-"
decimal | thousands = "."
decimal | decimal = ","¶thousands = ","
decimal | decimal = 1
thousands | thousands = "12"
thousands | thousands = "0"
fill_down | fill_down = ["A"]
fill_down | fill_down = true
skip_rows | skip_rows = { column = "A", blank = true }
skip_rows | skip_rows = ["A"]
skip_rows 1, column | skip_rows = [{ is = ["x"] }]
skip_rows 1, column | skip_rows = [{ column = "", filled = true }]
skip_rows 1, is | skip_rows = [{ column = "A" }]
skip_rows 1, is | skip_rows = [{ column = "A", is = [] }]
skip_rows 1, is | skip_rows = [{ column = "A", is = "x" }]
skip_rows 1, is | skip_rows = [{ column = "A", is = [1] }]
skip_rows 1, is | skip_rows = [{ column = "A", is = ["x"], blank = true }]
skip_rows 1, is | skip_rows = [{ column = "A", blank = false }]
skip_rows 1, blank | skip_rows = [{ column = "A", blank = "yes" }]
skip_rows 2, like | skip_rows = [{ column = "A", blank = true }, { column = "A", blank = true, like = "x" }]
skip_orders 1, all | skip_orders = [{ all = [] }]
skip_orders 1, column | skip_orders = [{ all = [{ column = "A", blank = true }], column = "A" }]
skip_orders 1, all 1, is | skip_orders = [{ all = [{ column = "A" }] }]
head_only | head_only = "A"
unused | unused = "*"
unused | unused = [1]
marker | marker = 1
marker | marker = ".csv"
marker | marker = ".GZ"
marker | marker = "x"
marker | marker = "done/"
marker | files = [".txt"]¶marker = ".txt"
columns | columns = ["A"]
columns | columns = { "A" = "toAddress.nam" }
columns | columns = { "A" = "metadata." }
columns | columns = { "A" = "items" }
columns, A | columns = { "A" = 1 }
columns, A | columns = { "A" = [1] }
columns | columns = { "Name" = "toAddress.name", "NAME" = "toAddress.company" }
columns | columns = { "Straße" = "toAddress.name", " straße\u200b" = "toAddress.company" }
columns | columns = { "é" = "toAddress.name", "e\u0301" = "toAddress.company" }
two settings give toAddress.name | columns = { "A" = "toAddress.name", "B" = "toAddress.NAME" }
two settings give toAddress.name | columns = { "A" = ["toAddress.name", "toAddress.name"] }
two settings give toAddress.name | columns = { "A" = "toAddress.name" }¶join = { "toAddress.name" = { of = ["B"] } }
two settings give toAddress.name | join = { "toAddress.name" = { of = ["B"] }, "toaddress.name" = { of = ["C"] } }
two settings give items.itemId | columns = { "A" = "items.itemId" }¶repeat = { "A #" = "items.itemId" }
two settings give items.itemId | repeat = { "A #" = "items.itemId", "B #" = "items.itemId" }
two settings give items.itemId | columns = { "A" = "items.itemId" }¶items = { "B" = { pattern = "(?P<itemId>.*)" } }
join | join = { "toAddress.names" = { of = ["A"] } }
join "toAddress.name", of | join = { "toAddress.name" = {} }
join "toAddress.name", of | join = { "toAddress.name" = { of = "A" } }
join "toAddress.name", with | join = { "toAddress.name" = { of = ["A"], with = 1 } }
join "toAddress.name", by | join = { "toAddress.name" = { of = ["A"], by = " " } }
join "toAddress.name" | join = { "toAddress.name" = ["A"] }
cells | cells = ["A"]
cells "A" | cells = { "A" = "strip" }
cells "A", trim | cells = { "A" = { trim = true } }
cells | cells = { "A" = {}, "a " = {} }
cells "A", strip | cells = { "A" = { strip = 1 } }
cells "A", values | cells = { "A" = { values = "countries" } }
cells "A", values | cells = { "A" = { values = ["D", "DE"] } }
cells "A", values | cells = { "A" = { values = { D = 1 } } }
cells "A", values | cells = { "A" = { values = { D = "DE", d = "DK" } } }
cells "A", currency | cells = { "A" = { currency = "" } }
cells "A", currency | cells = { "A" = { currency = "5" } }
cells "A", currency | cells = { "A" = { currency = "a very long currency" } }
cells "A", decimal | cells = { "A" = { thousands = "." } }
cells "A", decimal | decimal = ","¶cells = { "A" = { thousands = "," } }
cells "A", thousands | cells = { "A" = { thousands = ", " } }
cells "A", whole | cells = { "A" = { whole = 1 } }
cells "A", times | cells = { "A" = { times = 453.59237 } }
cells "A", times | cells = { "A" = { times = "1e3" } }
cells "A", times | cells = { "A" = { times = "0" } }
cells "A", times | cells = { "A" = { times = "0.000" } }
cells "A", times | cells = { "A" = { times = "-1" } }
cells "A", times | cells = { "A" = { times = "1." } }
cells "A", times | cells = { "A" = { times = "٣" } }
cells "A", times | cells = { "A" = { times = "1234567890123" } }
cells "A", times | cells = { "A" = { times = "nan" } }
cells "A", shift | cells = { "A" = { shift = 10 } }
cells "A", shift | cells = { "A" = { shift = "2" } }
cells "A", shift | cells = { "A" = { shift = -1000000000 } }
cells "A", divide_by | cells = { "A" = { divide_by = 2 } }
cells "A", divide_by | cells = { "A" = { divide_by = "B #" } }
cells "A", date | cells = { "A" = { date = "" } }
cells "A", date | cells = { "A" = { date = "MM/DD/YYYY" } }
cells "A", date | cells = { "A" = { date = "%d/%m" } }
cells "A", date | cells = { "A" = { date = "%Q" } }
cells "A", date | cells = { "A" = { date = "%" } }
cells "A", date | cells = { "A" = { date = "%s" } }
cells "A", date | cells = { "A" = { date = "%H:%M" } }
cells "A", date | cells = { "A" = { date = "%I:%M %d.%m.%Y" } }
cells "A", date | cells = { "A" = { date = "%Y-%m-%d %H:%M:%S %Z" } }
cells "A", date | cells = { "A" = { date = "%Y-%m-%d %f" } }
cells "A", date | cells = { "A" = { date = 2026-05-01 } }
cells "A", from | cells = { "A" = { from = "text" } }
cells "A", from | cells = { "A" = { from = true } }
cells "A", width | cells = { "A" = { from = "integer", width = 1000000000 } }
cells "A", width | cells = { "A" = { from = "integer", width = -1 } }
cells "A", width | cells = { "A" = { width = 5 } }
cells "A", decimals | cells = { "A" = { from = "float", decimals = 10 } }
cells "A", decimals | cells = { "A" = { decimals = 2 } }
fallback | fallback = { where = ["A"], take = ["B"] }
fallback 1, take | fallback = [{ where = ["A"], take = ["B", "C"] }]
fallback 1, take | fallback = [{ where = [], take = [] }]
fallback 1, where | fallback = [{ where = "A", take = "B" }]
fallback 1, else | fallback = [{ where = ["A"], take = ["B"], else = "C" }]
fallback | columns = { "A" = "orderNumber" }¶fallback = [{ where = ["a"], take = ["B"] }]
fallback | join = { "orderNumber" = { of = ["Shop", "No"] } }¶fallback = [{ where = ["no"], take = ["B"] }]
repeat "Item SKU" | repeat = { "Item SKU" = "items.itemId" }
repeat "Item # # SKU" | repeat = { "Item # # SKU" = "items.itemId" }
repeat "Item # Name" | repeat = { "Item # Name" = "toAddress.name" }
repeat | repeat = { "Item # SKU" = ["items.itemId"] }
repeat | repeat = { "Item # SKU" = "items.itemId", "ITEM # SKU" = "items.description" }
items "D", pattern | items = { "D" = { between = "|" } }
items "D", pattern | items = { "D" = { pattern = "[^,]*" } }
items "D", pattern | items = { "D" = { pattern = "(?P<sku>.*)" } }
items "D", pattern | items = { "D" = { pattern = "(?P<itemId>.*" } }
items "D", pattern | items = { "D" = { pattern = "(?=x)(?P<itemId>.*)" } }
items "D", pattern | items = { "D" = { pattern = "(?<!x)(?P<itemId>.*)" } }
items "D", pattern | items = { "D" = { pattern = "(?P<itemId>.*)(?P=itemId)" } }
items "D", pattern | items = { "D" = { pattern = "(?P<itemId>.*)\\1" } }
items "D", pattern | items = { "D" = { pattern = "(?P<itemId>.)(?P<ITEMID>.)" } }
items "D", pattern | items = { "D" = { pattern = "(?P<itemId>a)|b)" } }
items "D", pattern | items = { "D" = { pattern = "x)|(?P<itemId>a" } }
items "D", pattern | items = { "D" = { pattern = "(?P<itemId>((\\w{1,1000}){1,1000}){1,1000})" } }
items "D", pattern | items = { "D" = { pattern = 1 } }
items "D", between | items = { "D" = { between = 1, pattern = "(?P<itemId>.*)" } }
items "D", sep | items = { "D" = { sep = "|", pattern = "(?P<itemId>.*)" } }
items | items = { "D" = { pattern = "(?P<itemId>.*)" }, "d" = { pattern = "(?P<quantity>.*)" } }
defaults | defaults = { "charges.currenzy" = "EUR" }
defaults | defaults = { "items.quantity" = 1 }
defaults | defaults = { "charges.currency" = "EUR", "CHARGES.currency" = "USD" }
defaults | defaults = "EUR"
if_blank | if_blank = { "charges.currenzy" = "EUR" }
if_blank | if_blank = { "orderNumber" = "X" }
if_blank | if_blank = { "charges.gmv" = 1.5 }
layout | layout = "shopware"
layout | layout = ""
layout | layout = 1
layout | layout = ["shopify"]
layout | layout = "../../x"
signature | signature = ["A"]
columnz | columnz = { "A" = "orderNumber" }
"""


def lines(text: str) -> list[str]:
    """The settings of each line."""
    return [line.replace("¶", "\n") for line in text.strip().splitlines()]
