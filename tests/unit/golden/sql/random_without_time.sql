-- reference
WITH `src_purchases` AS (
  SELECT
    `customer`,
    `product`
  FROM `my-project`.`sales`.`purchases`
), `joined` AS (
  SELECT
    `customer` AS `customer`,
    `product` AS `product`
  FROM `src_purchases`
)
SELECT
  COUNT(*) AS `source_rows`,
  COUNT(IF(NOT `customer` IS NULL AND NOT `product` IS NULL, 1, NULL)) AS `role_rows`
FROM `joined`

-- counts
WITH `src_purchases` AS (
  SELECT
    `customer`,
    `product`
  FROM `my-project`.`sales`.`purchases`
), `joined` AS (
  SELECT
    `customer` AS `customer`,
    `product` AS `product`
  FROM `src_purchases`
), `base` AS (
  SELECT
    *
  FROM `joined`
  WHERE
    NOT `customer` IS NULL AND NOT `product` IS NULL
), `keyed` AS (
  SELECT
    *,
    CONCAT('', '\x1f', CAST(`customer` AS STRING), '\x1f', CAST(`product` AS STRING), '\x1f', '') AS `qt_row_key`,
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`,
    0 AS `qt_seconds`
  FROM `base`
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 3602879701896396
      THEN 'train'
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 4278419646001971
      THEN 'eval'
      ELSE 'test'
    END AS `qt_split`
  FROM `keyed`
)
SELECT
  COUNT(IF(`qt_split` = 'train', 1, NULL)) AS `train_rows`,
  COUNT(DISTINCT IF(`qt_split` = 'train', `customer`, NULL)) AS `train_customers`,
  COUNT(DISTINCT IF(`qt_split` = 'train', `product`, NULL)) AS `train_products`,
  COUNT(IF(`qt_split` = 'eval', 1, NULL)) AS `eval_rows`,
  COUNT(DISTINCT IF(`qt_split` = 'eval', `customer`, NULL)) AS `eval_customers`,
  COUNT(DISTINCT IF(`qt_split` = 'eval', `product`, NULL)) AS `eval_products`,
  COUNT(IF(`qt_split` = 'test', 1, NULL)) AS `test_rows`,
  COUNT(DISTINCT IF(`qt_split` = 'test', `customer`, NULL)) AS `test_customers`,
  COUNT(DISTINCT IF(`qt_split` = 'test', `product`, NULL)) AS `test_products`,
  COUNT(DISTINCT IF(`qt_split` = 'train', `product`, NULL)) AS `catalogue_rows`,
  COUNT(IF(`qt_split` IS NULL, 1, NULL)) AS `dropped_rows`,
  COUNT(IF(`qt_split` = 'train' AND `qt_customer_hash` < 225179981368524, 1, NULL)) AS `train_rows_5`,
  COUNT(IF(`qt_split` = 'train' AND `qt_customer_hash` < 450359962737049, 1, NULL)) AS `train_rows_10`,
  COUNT(IF(`qt_split` = 'train' AND `qt_customer_hash` < 1125899906842624, 1, NULL)) AS `train_rows_25`,
  COUNT(IF(`qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248, 1, NULL)) AS `train_rows_50`,
  COUNT(IF(`qt_split` = 'train', 1, NULL)) AS `train_rows_100`
FROM `labelled`

-- train
WITH `src_purchases` AS (
  SELECT
    `customer`,
    `product`
  FROM `my-project`.`sales`.`purchases`
), `joined` AS (
  SELECT
    `customer` AS `customer`,
    `product` AS `product`
  FROM `src_purchases`
), `base` AS (
  SELECT
    *
  FROM `joined`
  WHERE
    NOT `customer` IS NULL AND NOT `product` IS NULL
), `keyed` AS (
  SELECT
    *,
    CONCAT('', '\x1f', CAST(`customer` AS STRING), '\x1f', CAST(`product` AS STRING), '\x1f', '') AS `qt_row_key`,
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`,
    0 AS `qt_seconds`
  FROM `base`
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 3602879701896396
      THEN 'train'
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 4278419646001971
      THEN 'eval'
      ELSE 'test'
    END AS `qt_split`
  FROM `keyed`
), `converted` AS (
  SELECT
    `customer` AS `customer`,
    CAST(`product` AS STRING) AS `product`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`,
    `qt_row_key`
  FROM `labelled`
)
SELECT
  `customer`,
  `product`
FROM `converted`
WHERE
  `qt_split` = 'train'

-- eval
WITH `src_purchases` AS (
  SELECT
    `customer`,
    `product`
  FROM `my-project`.`sales`.`purchases`
), `joined` AS (
  SELECT
    `customer` AS `customer`,
    `product` AS `product`
  FROM `src_purchases`
), `base` AS (
  SELECT
    *
  FROM `joined`
  WHERE
    NOT `customer` IS NULL AND NOT `product` IS NULL
), `keyed` AS (
  SELECT
    *,
    CONCAT('', '\x1f', CAST(`customer` AS STRING), '\x1f', CAST(`product` AS STRING), '\x1f', '') AS `qt_row_key`,
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`,
    0 AS `qt_seconds`
  FROM `base`
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 3602879701896396
      THEN 'train'
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 4278419646001971
      THEN 'eval'
      ELSE 'test'
    END AS `qt_split`
  FROM `keyed`
), `converted` AS (
  SELECT
    `customer` AS `customer`,
    CAST(`product` AS STRING) AS `product`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`,
    `qt_row_key`
  FROM `labelled`
)
SELECT
  `customer`,
  `product`
FROM `converted`
WHERE
  `qt_split` = 'eval'

-- test
WITH `src_purchases` AS (
  SELECT
    `customer`,
    `product`
  FROM `my-project`.`sales`.`purchases`
), `joined` AS (
  SELECT
    `customer` AS `customer`,
    `product` AS `product`
  FROM `src_purchases`
), `base` AS (
  SELECT
    *
  FROM `joined`
  WHERE
    NOT `customer` IS NULL AND NOT `product` IS NULL
), `keyed` AS (
  SELECT
    *,
    CONCAT('', '\x1f', CAST(`customer` AS STRING), '\x1f', CAST(`product` AS STRING), '\x1f', '') AS `qt_row_key`,
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`,
    0 AS `qt_seconds`
  FROM `base`
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 3602879701896396
      THEN 'train'
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 4278419646001971
      THEN 'eval'
      ELSE 'test'
    END AS `qt_split`
  FROM `keyed`
), `converted` AS (
  SELECT
    `customer` AS `customer`,
    CAST(`product` AS STRING) AS `product`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`,
    `qt_row_key`
  FROM `labelled`
)
SELECT
  `customer`,
  `product`
FROM `converted`
WHERE
  `qt_split` = 'test'

-- catalogue
WITH `src_purchases` AS (
  SELECT
    `customer`,
    `product`
  FROM `my-project`.`sales`.`purchases`
), `joined` AS (
  SELECT
    `customer` AS `customer`,
    `product` AS `product`
  FROM `src_purchases`
), `base` AS (
  SELECT
    *
  FROM `joined`
  WHERE
    NOT `customer` IS NULL AND NOT `product` IS NULL
), `keyed` AS (
  SELECT
    *,
    CONCAT('', '\x1f', CAST(`customer` AS STRING), '\x1f', CAST(`product` AS STRING), '\x1f', '') AS `qt_row_key`,
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`,
    0 AS `qt_seconds`
  FROM `base`
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 3602879701896396
      THEN 'train'
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 4278419646001971
      THEN 'eval'
      ELSE 'test'
    END AS `qt_split`
  FROM `keyed`
), `converted` AS (
  SELECT
    `customer` AS `customer`,
    CAST(`product` AS STRING) AS `product`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`,
    `qt_row_key`
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
  CAST(NULL AS STRING) AS `customer`,
  `product`
FROM `latest`
