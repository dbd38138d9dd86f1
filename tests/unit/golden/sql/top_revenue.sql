-- train
WITH `src_purchases` AS (
  SELECT
    `basket`,
    `bought_at`,
    `customer`,
    `price`,
    `product`
  FROM `sales`.`purchases`
), `joined` AS (
  SELECT
    `src_purchases`.`basket` AS `basket`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_purchases`.`customer` AS `customer`,
    IF(
      IS_NAN(`src_purchases`.`price`) OR IS_INF(`src_purchases`.`price`),
      NULL,
      `src_purchases`.`price`
    ) AS `price`,
    `src_purchases`.`product` AS `product`
  FROM `src_purchases`
), `base` AS (
  SELECT
    *,
    CONCAT(
      COALESCE(CAST(`basket` AS STRING), ''),
      '\x1f',
      CAST(`customer` AS STRING),
      '\x1f',
      CAST(`product` AS STRING),
      '\x1f',
      CAST(UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS STRING)
    ) AS `qt_row_key`,
    DATE(`bought_at`) AS `qt_day`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `qt_seconds`
  FROM `joined`
  WHERE
    NOT `customer` IS NULL
    AND NOT `product` IS NULL
    AND NOT `bought_at` IS NULL
    AND DATE(`bought_at`) <= CAST('2026-01-31' AS DATE)
), `fit` AS (
  SELECT
    *
  FROM `base`
  WHERE
    `qt_day` < CAST('2026-01-18' AS DATE)
), `keep_products` AS (
  SELECT
    `qt_id`
  FROM (
    SELECT
      CAST(`product` AS STRING) AS `qt_id`,
      GREATEST(
        COALESCE(SUM(SAFE_CAST(`price` AS NUMERIC)), CAST('0' AS NUMERIC)),
        CAST('0' AS NUMERIC)
      ) AS `qt_revenue`
    FROM `fit`
    GROUP BY
      CAST(`product` AS STRING)
  )
  QUALIFY
    CAST(SUM(`qt_revenue`) OVER (ORDER BY `qt_revenue` DESC, `qt_id`) - `qt_revenue` AS FLOAT64) < CAST('0.8' AS FLOAT64) * CAST(SUM(`qt_revenue`) OVER () AS FLOAT64)
), `keep_customers` AS (
  SELECT
    `qt_id`
  FROM (
    SELECT
      CAST(`customer` AS STRING) AS `qt_id`,
      COUNT(DISTINCT COALESCE(CAST(`basket` AS STRING), `qt_row_key`)) AS `qt_transactions`,
      COALESCE(SUM(SAFE_CAST(`price` AS NUMERIC)), CAST('0' AS NUMERIC)) AS `qt_sum`
    FROM `fit`
    GROUP BY
      CAST(`customer` AS STRING)
  )
  WHERE
    CAST(`qt_sum` AS FLOAT64) / `qt_transactions` >= CAST('2.0' AS FLOAT64)
), `filtered` AS (
  SELECT
    *
  FROM `base`
  WHERE
    CAST(`product` AS STRING) IN (
      SELECT
        `qt_id`
      FROM `keep_products`
    )
    AND CAST(`customer` AS STRING) IN (
      SELECT
        `qt_id`
      FROM `keep_customers`
    )
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN `qt_day` >= CAST('2026-01-18' AS DATE)
      THEN 'test'
      WHEN `qt_day` >= CAST('2026-01-04' AS DATE)
      THEN 'eval'
      ELSE 'train'
    END AS `qt_split`,
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`
  FROM `filtered`
), `converted` AS (
  SELECT
    CAST(`basket` AS STRING) AS `basket`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `bought_at`,
    `customer` AS `customer`,
    `price` AS `price`,
    `product` AS `product`,
    `qt_row_key`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`
  FROM `labelled`
)
SELECT
  `basket`,
  `bought_at`,
  `customer`,
  `price`,
  `product`
FROM `converted`
WHERE
  `qt_split` = 'train'

-- catalogue
WITH `src_purchases` AS (
  SELECT
    `basket`,
    `bought_at`,
    `customer`,
    `price`,
    `product`
  FROM `sales`.`purchases`
), `joined` AS (
  SELECT
    `src_purchases`.`basket` AS `basket`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_purchases`.`customer` AS `customer`,
    IF(
      IS_NAN(`src_purchases`.`price`) OR IS_INF(`src_purchases`.`price`),
      NULL,
      `src_purchases`.`price`
    ) AS `price`,
    `src_purchases`.`product` AS `product`
  FROM `src_purchases`
), `base` AS (
  SELECT
    *,
    CONCAT(
      COALESCE(CAST(`basket` AS STRING), ''),
      '\x1f',
      CAST(`customer` AS STRING),
      '\x1f',
      CAST(`product` AS STRING),
      '\x1f',
      CAST(UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS STRING)
    ) AS `qt_row_key`,
    DATE(`bought_at`) AS `qt_day`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `qt_seconds`
  FROM `joined`
  WHERE
    NOT `customer` IS NULL
    AND NOT `product` IS NULL
    AND NOT `bought_at` IS NULL
    AND DATE(`bought_at`) <= CAST('2026-01-31' AS DATE)
), `fit` AS (
  SELECT
    *
  FROM `base`
  WHERE
    `qt_day` < CAST('2026-01-18' AS DATE)
), `keep_products` AS (
  SELECT
    `qt_id`
  FROM (
    SELECT
      CAST(`product` AS STRING) AS `qt_id`,
      GREATEST(
        COALESCE(SUM(SAFE_CAST(`price` AS NUMERIC)), CAST('0' AS NUMERIC)),
        CAST('0' AS NUMERIC)
      ) AS `qt_revenue`
    FROM `fit`
    GROUP BY
      CAST(`product` AS STRING)
  )
  QUALIFY
    CAST(SUM(`qt_revenue`) OVER (ORDER BY `qt_revenue` DESC, `qt_id`) - `qt_revenue` AS FLOAT64) < CAST('0.8' AS FLOAT64) * CAST(SUM(`qt_revenue`) OVER () AS FLOAT64)
), `keep_customers` AS (
  SELECT
    `qt_id`
  FROM (
    SELECT
      CAST(`customer` AS STRING) AS `qt_id`,
      COUNT(DISTINCT COALESCE(CAST(`basket` AS STRING), `qt_row_key`)) AS `qt_transactions`,
      COALESCE(SUM(SAFE_CAST(`price` AS NUMERIC)), CAST('0' AS NUMERIC)) AS `qt_sum`
    FROM `fit`
    GROUP BY
      CAST(`customer` AS STRING)
  )
  WHERE
    CAST(`qt_sum` AS FLOAT64) / `qt_transactions` >= CAST('2.0' AS FLOAT64)
), `filtered` AS (
  SELECT
    *
  FROM `base`
  WHERE
    CAST(`product` AS STRING) IN (
      SELECT
        `qt_id`
      FROM `keep_products`
    )
    AND CAST(`customer` AS STRING) IN (
      SELECT
        `qt_id`
      FROM `keep_customers`
    )
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN `qt_day` >= CAST('2026-01-18' AS DATE)
      THEN 'test'
      WHEN `qt_day` >= CAST('2026-01-04' AS DATE)
      THEN 'eval'
      ELSE 'train'
    END AS `qt_split`,
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`
  FROM `filtered`
), `converted` AS (
  SELECT
    CAST(`basket` AS STRING) AS `basket`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `bought_at`,
    `customer` AS `customer`,
    `price` AS `price`,
    `product` AS `product`,
    `qt_row_key`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`
  FROM `labelled`
), `latest` AS (
  SELECT
    *
  FROM `converted`
  WHERE
    `qt_split` = 'train'
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY `product` ORDER BY `qt_seconds` DESC, `qt_row_key`) = 1
)
SELECT
  CAST(NULL AS STRING) AS `basket`,
  CAST(NULL AS INT64) AS `bought_at`,
  CAST(NULL AS STRING) AS `customer`,
  CAST(NULL AS FLOAT64) AS `price`,
  `product`
FROM `latest`
