-- A model: one document, and every customer is scored, explained and checkable.

SELECT scoring.create_model('crm', '{
  "format": 1,
  "description": "Loyalty and pressure, France and Benelux",
  "language": "en",
  "timezone": "Europe/Paris",
  "mode": "live",
  "customers": { "table": "crm.customers", "key": "id", "where": "active and deleted_at is null" },
  "into": "crm.customer_scores",
  "view": "crm.scored_customers",
  "sources": {
    "orders":  { "table": "crm.orders", "customer": "customer_id", "at": "ordered_at", "where": "status <> ''cancelled''" },
    "refunds": { "table": "crm.refunds", "joins": { "o": { "table": "crm.orders", "on": "order_id", "key": "id" } },
                 "customer": "o.customer_id", "at": "created_on" },
    "mails":   { "table": "crm.mails",  "customer": "customer_id", "at": "sent_at" },
    "calls":   { "table": "crm.calls",  "customer": "customer_id", "at": "called_at" },
    "visits":  { "table": "crm.visits", "customer": "customer_id", "at": "visited_at" },
    "tickets": { "table": "crm.tickets", "customer": "customer_id", "at": "opened_at", "where": "kind = ''complaint''" }
  },
  "measures": {
    "first_order": { "take": "first", "from": "orders" },
    "last_order":  { "take": "last",  "from": "orders" },
    "orders":      { "take": "count", "from": "orders" },
    "basket":      { "take": "average", "from": "orders", "of": "amount" },
    "margin":      { "take": "sum", "from": "orders", "of": "amount - cost" },
    "refunded":    { "take": "sum", "from": "refunds", "of": "amount" },
    "net_margin":  { "compute": "difference", "of": ["margin", "refunded"] },
    "exposure":    { "take": "sum", "from": { "mails": "1", "calls": "3" }, "half_life": "14 days" },
    "interest":    { "take": "count", "from": "visits", "half_life": "3 days" },
    "complaints":  { "take": "count", "from": "tickets", "window": "30 days" },
    "country":     { "take": "attribute", "of": "country" }
  },
  "scores": {
    "rfm":   { "kind": "rfm", "recency": "last_order", "frequency": "orders", "monetary": "basket", "only": { "of": "orders", "at_least": 1 } },
    "abc":   { "kind": "abc", "of": "net_margin", "shares": [0.2, 0.6, 0.2], "within": "country" },
    "value": { "kind": "quantile", "of": "net_margin", "bins": 5, "negatives": "apart",
               "labels": ["negative margin", "minor", "important", "very important", "strategic"] },
    "pressure": { "kind": "quantile", "of": "exposure", "bins": 5, "labels": ["very low", "low", "neutral", "high", "very high"] },
    "pressure_delta": { "kind": "delta", "of": "pressure", "minus": "value", "tolerance": 1 }
  }
}');
