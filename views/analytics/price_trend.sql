-- What a dry tonne costs month by month, and on the average of three months. US dollars only.

CREATE MATERIALIZED VIEW analytics.price_trend AS
WITH monthly AS (
    SELECT
        price_quote.resource_id,
        price_quote.basis,
        date_trunc('month', price_quote.quoted_on::timestamp)::date AS month,
        count(*) AS quotes,
        round(avg(price_quote.price), 2) AS mean_price
    FROM price_quote
    WHERE price_quote.currency = 'USD'
    GROUP BY 1, 2, 3
)
SELECT
    monthly.resource_id,
    monthly.basis,
    monthly.month,
    resource.name AS resource,
    monthly.quotes,
    monthly.mean_price,
    round(avg(monthly.mean_price) OVER (
        PARTITION BY monthly.resource_id, monthly.basis
        ORDER BY monthly.month
        ROWS BETWEEN 2 PRECEDING AND CURRENT ROW
    ), 2) AS three_month_price
FROM monthly
JOIN resource ON resource.id = monthly.resource_id
WITH NO DATA;

CREATE UNIQUE INDEX uq_price_trend_resource_id_basis_month
    ON analytics.price_trend (resource_id, basis, month);

COMMENT ON MATERIALIZED VIEW analytics.price_trend IS
    'Monthly prices by resource and basis';
