-- train
WITH `src_purchases` AS (
  SELECT
    `at`,
    `cust\`omer's "id"`,
    `gift`,
    `größe 商品; --`,
    `it's \\ a date`,
    `sum`
  FROM `sales`.`pur\`chases`
), `joined` AS (
  SELECT
    `src_purchases`.`at` AS `at`,
    `src_purchases`.`cust\`omer's "id"` AS `customer`,
    `src_purchases`.`it's \\ a date` AS `day`,
    `src_purchases`.`gift` AS `gift`,
    `src_purchases`.`größe 商品; --` AS `product`,
    `src_purchases`.`sum` AS `sum`
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
      CAST(UNIX_SECONDS(TIMESTAMP(`day`)) AS STRING)
    ) AS `qt_row_key`,
    DATE(`day`) AS `qt_day`,
    UNIX_SECONDS(TIMESTAMP(`day`)) AS `qt_seconds`
  FROM `joined`
  WHERE
    NOT `customer` IS NULL
    AND NOT `product` IS NULL
    AND NOT `day` IS NULL
    AND `sum` >= CAST('0.1' AS FLOAT64)
    AND DATE(`day`) <= CAST('2026-01-31' AS DATE)
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN `qt_day` >= CAST('2026-01-25' AS DATE)
      THEN 'test'
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 3602879701896396
      THEN 'train'
      ELSE 'eval'
    END AS `qt_split`,
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`
  FROM `base`
), `converted` AS (
  SELECT
    TIME_DIFF(`at`, CAST('00:00:00' AS TIME), SECOND) AS `at`,
    CAST(`customer` AS STRING) AS `customer`,
    UNIX_SECONDS(TIMESTAMP(`day`)) AS `day`,
    CAST(`gift` AS INT64) AS `gift`,
    `product` AS `product`,
    CAST(`sum` AS FLOAT64) AS `sum`,
    `qt_row_key`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`
  FROM `labelled`
)
SELECT
  `at`,
  `customer`,
  `day`,
  `gift`,
  `product`,
  `sum`
FROM `converted`
WHERE
  `qt_split` = 'train' AND `qt_customer_hash` < 225179981368524

-- catalogue
WITH `src_purchases` AS (
  SELECT
    `at`,
    `cust\`omer's "id"`,
    `gift`,
    `größe 商品; --`,
    `it's \\ a date`,
    `sum`
  FROM `sales`.`pur\`chases`
), `joined` AS (
  SELECT
    `src_purchases`.`at` AS `at`,
    `src_purchases`.`cust\`omer's "id"` AS `customer`,
    `src_purchases`.`it's \\ a date` AS `day`,
    `src_purchases`.`gift` AS `gift`,
    `src_purchases`.`größe 商品; --` AS `product`,
    `src_purchases`.`sum` AS `sum`
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
      CAST(UNIX_SECONDS(TIMESTAMP(`day`)) AS STRING)
    ) AS `qt_row_key`,
    DATE(`day`) AS `qt_day`,
    UNIX_SECONDS(TIMESTAMP(`day`)) AS `qt_seconds`
  FROM `joined`
  WHERE
    NOT `customer` IS NULL
    AND NOT `product` IS NULL
    AND NOT `day` IS NULL
    AND `sum` >= CAST('0.1' AS FLOAT64)
    AND DATE(`day`) <= CAST('2026-01-31' AS DATE)
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN `qt_day` >= CAST('2026-01-25' AS DATE)
      THEN 'test'
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 3602879701896396
      THEN 'train'
      ELSE 'eval'
    END AS `qt_split`,
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`
  FROM `base`
), `converted` AS (
  SELECT
    TIME_DIFF(`at`, CAST('00:00:00' AS TIME), SECOND) AS `at`,
    CAST(`customer` AS STRING) AS `customer`,
    UNIX_SECONDS(TIMESTAMP(`day`)) AS `day`,
    CAST(`gift` AS INT64) AS `gift`,
    `product` AS `product`,
    CAST(`sum` AS FLOAT64) AS `sum`,
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
    ROW_NUMBER() OVER (PARTITION BY `product` ORDER BY `qt_seconds` DESC, `qt_row_key`, `gift`) = 1
)
SELECT
  CAST(NULL AS INT64) AS `at`,
  CAST(NULL AS STRING) AS `customer`,
  CAST(NULL AS INT64) AS `day`,
  `gift`,
  `product`,
  CAST(NULL AS FLOAT64) AS `sum`
FROM `latest`
