-- train
WITH `src_purchases` AS (
  SELECT
    `bought_at`,
    `customer`,
    `product`
  FROM `sales`.`purchases`
), `joined` AS (
  SELECT
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_purchases`.`customer` AS `customer`,
    `src_purchases`.`product` AS `product`
  FROM `src_purchases`
), `base` AS (
  SELECT
    *,
    CONCAT(
      '',
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
    NOT `customer` IS NULL AND NOT `product` IS NULL AND NOT `bought_at` IS NULL
), `fit` AS (
  SELECT
    *
  FROM `base`
), `keep_products` AS (
  SELECT
    `qt_id`
  FROM (
    SELECT
      CAST(`product` AS STRING) AS `qt_id`,
      COUNT(
        DISTINCT CONCAT(
          CAST(`customer` AS STRING),
          '\x1f',
          CAST(`product` AS STRING),
          '\x1f',
          CAST(`qt_day` AS STRING)
        )
      ) AS `qt_transactions`
    FROM `fit`
    GROUP BY
      CAST(`product` AS STRING)
  )
  WHERE
    `qt_transactions` >= CAST('3' AS INT64)
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
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 3602879701896396
      THEN 'train'
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 4278419646001971
      THEN 'eval'
      ELSE 'test'
    END AS `qt_split`,
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`
  FROM `filtered`
), `converted` AS (
  SELECT
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `bought_at`,
    `customer` AS `customer`,
    `product` AS `product`,
    `qt_row_key`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`
  FROM `labelled`
)
SELECT
  `bought_at`,
  `customer`,
  `product`
FROM `converted`
WHERE
  `qt_split` = 'train'

-- catalogue
WITH `src_purchases` AS (
  SELECT
    `bought_at`,
    `customer`,
    `product`
  FROM `sales`.`purchases`
), `joined` AS (
  SELECT
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_purchases`.`customer` AS `customer`,
    `src_purchases`.`product` AS `product`
  FROM `src_purchases`
), `base` AS (
  SELECT
    *,
    CONCAT(
      '',
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
    NOT `customer` IS NULL AND NOT `product` IS NULL AND NOT `bought_at` IS NULL
), `fit` AS (
  SELECT
    *
  FROM `base`
), `keep_products` AS (
  SELECT
    `qt_id`
  FROM (
    SELECT
      CAST(`product` AS STRING) AS `qt_id`,
      COUNT(
        DISTINCT CONCAT(
          CAST(`customer` AS STRING),
          '\x1f',
          CAST(`product` AS STRING),
          '\x1f',
          CAST(`qt_day` AS STRING)
        )
      ) AS `qt_transactions`
    FROM `fit`
    GROUP BY
      CAST(`product` AS STRING)
  )
  WHERE
    `qt_transactions` >= CAST('3' AS INT64)
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
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 3602879701896396
      THEN 'train'
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 4278419646001971
      THEN 'eval'
      ELSE 'test'
    END AS `qt_split`,
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`
  FROM `filtered`
), `converted` AS (
  SELECT
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `bought_at`,
    `customer` AS `customer`,
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
  CAST(NULL AS INT64) AS `bought_at`,
  CAST(NULL AS STRING) AS `customer`,
  `product`
FROM `latest`
