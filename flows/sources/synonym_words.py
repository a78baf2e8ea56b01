"""The words that shops, ERPs, warehouses and marketplaces have for the members of an order, in eight languages.

English, German, French, Spanish, Dutch, Italian, Polish, Portuguese. Without signs, accents and spaces, the most telling
one first. Umlauts stand in both ways in which they are written.
"""

TO = (
    "ship to", "shipto", "shipping address", "shipping", "delivery address", "delivery", "deliver to", "deliverto",
    "destination", "consignee", "recipient", "receiver", "ship", "shipment", "post to", "dest", "empfanger",
    "empfaenger", "empfangs", "empfang", "lieferanschrift", "lieferadresse", "liefer", "lieferung", "versandadresse", "versand an",
    "versand", "warenempfanger", "warenempfaenger", "livraison", "destinataire", "expedition", "envio", "entrega",
    "destinatario", "destino", "adres verz", "verzendadres", "verzending", "verzend", "afleveradres", "aflever",
    "bezorgadres", "bezorg", "indirizzo di spedizione", "spedizione", "consegna",
    "lieferempfanger", "lieferempfaenger", "l ", "sa", "odbiorca", "odbiorcy", "adres dostawy", "dostawy", "dostawa", "to",
)  # fmt: skip
TO_NAME = (
    "recipient", "consignee", "receiver", "empfanger", "empfaenger", "destinataire", "destinatario", "ship to",
    "ship to party", "deliver to", "warenempfanger", "warenempfaenger", "odbiorca",
    "lieferempfanger", "lieferempfaenger",
)  # fmt: skip
"""Who it is sent to, in a word."""
FROM = (
    "ship from",
    "shipfrom",
    "warehouse",
    "sender",
    "absender",
    "expediteur",
    "remitente",
    "origin address",
    "from",
)
ITEM = (
    "lineitem", "line item", "order lines", "order line", "orderline", "order item", "product item", "item", "products",
    "product", "artikel", "produkt", "position", "article", "produit", "articulo", "producto", "linea", "ligne", "line",
    "sku", "material", "articolo", "prodotto", "produktu", "produto", "items", "line items", "order items", "product service",
)  # fmt: skip
ORDER = (
    "order", "orders", "sales order", "sale", "purchase order", "bestell", "bestellung", "auftrags", "auftrag", "commande", "pedido", "venta",
    "orden", "bestelling", "bestel", "ordine", "vendita", "zamowienie", "zamowienia",
)  # fmt: skip
BILL = (
    "bill", "r ", "rechnung", "facturatie", "fatturazione", "adres fact", "invoice", "payer", "sold to", "soldto", "factur", "zahler", "payment address", "buyer address",
)  # fmt: skip

ADDRESS = {
    "name": "name fullname fullnames full recipientname contact contactname contactperson person attention attn ansprechpartner nom nomcomplet nombre nombrecompleto addressee addresseename personname naam volledigenaam nome nomecompleto nomecognome imieinazwisko destinatario",
    "company": "company companyname organization organisation firma firmenname firmaname business businessname societe empresa razonsocial raisonsociale entreprise companyorgname bedrijfsnaam bedrijf azienda ragionesociale",
    "addressLine1": "address1 addressline1 address street1 streetaddress streetline1 street line1 addr1 addr strasse str strassehausnummer anschrift adresse1 adresse rue ligne1 direccion1 direccion calle domicilio streetname streetandnumber addressfield1 detailaddress straat straatnaam adres indirizzo via ulica endereco",
    "addressLine2": "address2 addressline2 street2 streetline2 line2 addr2 apartment apt suite unit adresse2 adresszusatz zusatz adressenzusatz anschriftzusatz complement complemento piso complementadresse direccion2 addressfield2 additionaladdress toevoeging adrestoevoeging",
    "addressLine3": "address3 addressline3 street3 streetline3 line3 addr3 adresse3 direccion3 addressfield3 complementary",
    "cityTown": "city town citytown cityname locality suburb ort stadt wohnort ville commune ciudad poblacion localidad municipio posttown plaats woonplaats stad citta miasto miejscowosc cidade",
    "stateProvince": "state province stateprovince provincecode statecode stateregion provincestate region county bundesland kanton departement provincia estado comunidad zone statename provincename regionname provincie stateorprovince provinciaoestado estadooprovincia regioncode wojewodztwo uf",
    "postalCode": "postalcode zip zipcode postcode zippostalcode postalzip postcodezip plz postleitzahl postal codepostal cp codigopostal codpostal pin pincode zippostcode postlcode cap kodpocztowy cep",
    "countryCode": "countrycode countryiso countryisocode iso2 country countryregion land landercode laendercode landcode lkz ländercode landkz pays codepays paysiso pais codigopais countryname nation paese nazione countryid ctry landiso landiso2 isocode kraj countryregioncode",
    "phone": "phone phonenumber telephone tel telefon telefonnummer telefono telephonenumber mobile mobilenumber mobil handy portable movil contactnumber contactphone telefoon telefoonnummer telnummer telnummerbezorging cellulare daytimephone telefone",
    "email": "email emailaddress mail mailadresse emailadresse courriel correo correoelectronico adresseemail emailadres",
}  # fmt: skip
ITEM_MEMBERS = {
    "itemId": "bestandseinheit offersku shopsku sku skuid skucode sellersku merchantsku itemsku itemid itemnumber itemno itemcode partnumber partno artikelnummer artikelnr artikel articlenumber articleno articlecode productcode productsku productnumber productno internalreference defaultcode referenceproduit referencearticle refproduit codearticle codigoarticulo referenciaproducto codigoproducto materialnumber materialno material reference referencia ref customlabel stockcode number code nummer nr no id skureferenceno sellerreference referencevendeur codicearticolo referentie model article productid ean gtin upc isbn asin asinisbn sellerpart sellerpartno sellerpartnumber artnr artno artikelnum ordernumber inventoryitemcode",
    "description": "description title name productname itemname productdescription itemdescription itemtitle productitle producttitle producttemplate articlename bezeichnung artikelbezeichnung artikelname produktname artikelbeschreibung designation libelle nomproduit nomduproduit descripcion description1 nombreproducto nombredelproducto productos producto produit product item desc itemdesc productdesc proddesc artikeltext materialdescription shorttext kurztext articledescription producttitel titel omschrijving descrizione nomeprodotto titulopublicacion rewardtitle reward produkt nazwa nazwaproduktu produto bez angebotstitel",
    "quantity": "quantity qty quantitypurchased quantityordered qtyordered orderqty orderquantity orderedqty menge bestellmenge anzahl stuckzahl stueckzahl stuck stueck quantite qte cantidad cant count units pieces pcs quantityshipped qtytoship unidades aantal quantita qta ilosc quantidade qtd stk stck",
    "unitPrice": "unitprice priceperunit pricepereach unitcost pricepunit priceeach einzelpreis stuckpreis stueckpreis preisprostuck preisprostueck preisproeinheit vkpreis prixunitaire prixunitaireht prixunitairettc pu preciounitario preciounidad itemprice saleprice sellingprice netprice price soldfor cost preis prix precio sellingpriceperitem priceperitem purchasepriceperunit dealprice wholesaleprice preciounitarioventa rate prijs stukprijs prezzo prezzounitario cena cenajednostkowa preco precounitario ep verkauftfur verkauftfuer unitamount",
    "unitWeight.weight": "unitweight weight itemweight weightperunit gewicht stuckgewicht stueckgewicht einzelgewicht poids peso grams weightkg weightg weightgrams weightlb weightlbs weightoz gewichtkg gewichtg poidskg pesokg",
    "unitWeight.unitOfMeasurement": "weightunit unitofmeasurement weightuom gewichtseinheit unitedepoids unidaddepeso",
    "hSTariffCode": "hscode hstariffcode tariffcode hs hts htscode tariffnumber customstariff harmonizedcode harmonisedcode commoditycode customscode zolltarifnummer warennummer codedouanier codesh codigoarancelario",
    "originCountryCode": "origincountry countryoforigin origincountrycode countryoforiginmade madein ursprungsland herkunftsland paysdorigine paisdeorigen",
}  # fmt: skip
HEAD = {
    "orderNumber": "ordernumber orderno ordernum ordernr orderreference bestellnummer bestellnr auftragsnummer auftragsnr auftragnr bestellungnr numerocommande numerodecommande nocommande ncommande referencecommande numeropedido numerodepedido npedido referenciapedido salesordernumber salesorder salesorderno salesrecordnumber webordernumber shopordernumber documentnumber docnumber belegnummer belegnr ordercode salesdoc salesdocument bestelnummer ordernummer numeroordine backernumber ordername orderid bestellid amazonorderid externalorderid incrementid idcommande idpedido idordine order orders bestellung auftrag commande pedido",
    "charges.currency": "currency currencycode currencyisocode ordercurrency waehrung wahrung devise monnaie moneda divisa codemonnaie iso4217 currencyiso waehrungscode curr valuta waluta moeda",
    "charges.gmv": "grandtotal ordertotal totalamount ordervalue orderamount totalprice total gesamtsumme gesamtbetrag bestellwert rechnungsbetrag totalcommande montanttotal totalttc totalpedido importetotal totalorder amounttotal",
    "charges.subTotal": "subtotal ordersubtotal zwischensumme soustotal productstotal itemstotal warenwert",
    "charges.totalPaid": "totalpaid amountpaid paidamount paid totalpaye importepagado bezahlt",
    "charges.paymentType": "paymentmethod paymenttype paymentmethodtitle payment zahlungsart zahlungsweise bezahlart zahlart modepaiement modedepaiement moyendepaiement formadepago metododepago paymentmode paymentprovider paymethod zahlungsmethode",
    "charges.billingStatus": "financialstatus paymentstatus zahlungsstatus billingstatus statutpaiement estadodelpago estadopago",
    "customerInfo.email": "buyeremail customeremail useremail contactemail emailclient emailkunde kundenemail customeremailaddress clientemail correocliente customermail",
    "customerInfo.customerId": "customerid customernumber customerno customercode kundennummer kundennr kundenid clientid codeclient numeroclient idclient idcliente codigocliente buyerid buyerusername username buyer debitor debitornr accountnumber",
    "customerInfo.firstName": "firstname givenname vorname prenom customerfirstname buyerfirstname",
    "customerInfo.lastName": "lastname surname nachname familyname familienname nomdefamille apellido apellidos customerlastname buyerlastname",
    "orderMessage.message": "giftmessage buyernote buyermessage buyernotes customernote customernotes customercomment customermessage notefromcustomer ordernote ordernotes ordercomment ordercomments note notes message comments comment remark remarks bemerkung bemerkungen kommentar anmerkung hinweis kundenkommentar commentaire commentaires remarque observaciones comentario comentarios notas remarkfrombuyer opmerking opmerkingen",
    "shippingPreferences.service": "shippingservice shippingmethod shipmethod shipservicelevel servicelevel shipmode shippingmode deliverymethod deliveryoption service versandart lieferart versandmethode modelivraison modedelivraison metodoenvio metododeenvio formadeenvio",
    "shippingPreferences.carrier": "carrier shippingcarrier carriername carriercode versanddienstleister versender transporteur transportista",
    "shippingReference.reference1": "reference customerreference ponumber purchaseordernumber po yourreference kundenreferenz ihrzeichen referenceclient referenciacliente customerpo custpo",
    "shippingReference.shippingNotes": "deliveryinstructions shippinginstructions deliverynote deliverynotes shippingnotes lieferhinweis liefernotiz zustellhinweis instructionslivraison instructionsdelivraison instruccionesdeentrega shippingdeliverynotes fulfillmentnotes deliveryinstruction",
}  # fmt: skip

ALONE_TOO_LITTLE = frozenset(
    (
        "name",
        "email",
        "full",
        "contact",
        "person",
        "region",
        "land",
        "ref",
        "unit",
        "units",
        "complement",
        "complemento",
        "piso",
        "nom",
        "nombre",
        "naam",
        "nome",
        "zone",
        "cap",
        "via",
        "uf",
        "isocode",
    )
)
"""What says too little of an address, or of an item, when it stands alone."""
ITEM_TOO_LITTLE = frozenset(
    ("id", "number", "code", "name", "no", "nr", "nummer", "reference", "referencia", "ref", "cost", "count", "title",
     "productos", "producto", "produit", "product", "item", "article", "artikel", "material", "paid", "model", "rate",
     "titel", "reward", "produkt", "produto", "nazwa", "service")
)  # fmt: skip
ASKED = {
    "customerphone": "toAddress.phone", "customerphonenumber": "toAddress.phone", "buyerphone": "toAddress.phone",
    "buyerphonenumber": "toAddress.phone", "shippingcode": "toAddress.postalCode", "cty": "toAddress.countryCode",
    "rg": "toAddress.stateProvince",
    "item": "items.itemId", "model": "items.itemId", "details": "items.description",
    "productservice": "items.itemId", "numitems": "items.quantity", "retailprice": "items.unitPrice", "itemretailprice": "items.unitPrice",
    "referencenumber": "orderNumber", "referenceno": "orderNumber", "invoiceno": "orderNumber", "invoicenumber": "orderNumber",
    "rechnungsnummer": "orderNumber", "rechnungsnr": "orderNumber",
}  # fmt: skip
"""Names that are this, or another thing: they are taken where no other column is it, and asked about."""
