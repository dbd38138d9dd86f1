-- train
WITH `src_brands` AS (
  SELECT
    `country`,
    `id`
  FROM `sales`.`brands`
), `src_products` AS (
  SELECT
    `brand`,
    `sku`
  FROM `sales`.`products`
), `src_purchases` AS (
  SELECT
    `basket`,
    `bought_at`,
    `customer`,
    `product`,
    `quantity`
  FROM `sales`.`purchases`
), `joined` AS (
  SELECT
    `src_purchases`.`basket` AS `basket`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_products`.`brand` AS `brand`,
    `src_brands`.`country` AS `brands_country`,
    `src_purchases`.`customer` AS `customer`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`quantity` AS `quantity`
  FROM `src_purchases`
  LEFT JOIN `src_products`
    ON `src_purchases`.`product` = `src_products`.`sku`
  INNER JOIN `src_brands`
    ON `src_products`.`brand` = CAST(`src_brands`.`id` AS STRING)
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
    AND `quantity` > CAST('0' AS INT64)
    AND DATE(`bought_at`) <= CAST('2026-01-31' AS DATE)
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
  FROM `base`
), `converted` AS (
  SELECT
    CAST(`basket` AS STRING) AS `basket`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `bought_at`,
    `brand` AS `brand`,
    `brands_country` AS `brands_country`,
    `customer` AS `customer`,
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
  `brand`,
  `brands_country`,
  `customer`,
  `product`
FROM `converted`
WHERE
  `qt_split` = 'train'

-- catalogue
WITH `src_brands` AS (
  SELECT
    `country`,
    `id`
  FROM `sales`.`brands`
), `src_products` AS (
  SELECT
    `brand`,
    `sku`
  FROM `sales`.`products`
), `src_purchases` AS (
  SELECT
    `basket`,
    `bought_at`,
    `customer`,
    `product`,
    `quantity`
  FROM `sales`.`purchases`
), `joined` AS (
  SELECT
    `src_purchases`.`basket` AS `basket`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_products`.`brand` AS `brand`,
    `src_brands`.`country` AS `brands_country`,
    `src_purchases`.`customer` AS `customer`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`quantity` AS `quantity`
  FROM `src_purchases`
  LEFT JOIN `src_products`
    ON `src_purchases`.`product` = `src_products`.`sku`
  INNER JOIN `src_brands`
    ON `src_products`.`brand` = CAST(`src_brands`.`id` AS STRING)
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
    AND `quantity` > CAST('0' AS INT64)
    AND DATE(`bought_at`) <= CAST('2026-01-31' AS DATE)
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
  FROM `base`
), `converted` AS (
  SELECT
    CAST(`basket` AS STRING) AS `basket`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `bought_at`,
    `brand` AS `brand`,
    `brands_country` AS `brands_country`,
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
    ROW_NUMBER() OVER (
      PARTITION BY `product`
      ORDER BY `qt_seconds` DESC, `qt_row_key`, `brand`, `brands_country`
    ) = 1
)
SELECT
  CAST(NULL AS STRING) AS `basket`,
  CAST(NULL AS INT64) AS `bought_at`,
  `brand`,
  `brands_country`,
  CAST(NULL AS STRING) AS `customer`,
  `product`
FROM `latest`
