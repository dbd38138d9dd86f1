-- train
WITH `src_purchases` AS (
  SELECT
    `customer`,
    `product`
  FROM `my-project`.`sales`.`purchases`
), `joined` AS (
  SELECT
    `src_purchases`.`customer` AS `customer`,
    `src_purchases`.`product` AS `product`
  FROM `src_purchases`
), `base` AS (
  SELECT
    *,
    CONCAT('', '\x1f', CAST(`customer` AS STRING), '\x1f', CAST(`product` AS STRING), '\x1f', '') AS `qt_row_key`
  FROM `joined`
  WHERE
    NOT `customer` IS NULL AND NOT `product` IS NULL
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
  FROM `base`
), `converted` AS (
  SELECT
    `customer` AS `customer`,
    `product` AS `product`,
    `qt_row_key`,
    `qt_split`,
    `qt_customer_hash`
  FROM `labelled`
)
SELECT
  `customer`,
  `product`
FROM `converted`
WHERE
  `qt_split` = 'train'

-- catalogue
WITH `src_purchases` AS (
  SELECT
    `customer`,
    `product`
  FROM `my-project`.`sales`.`purchases`
), `joined` AS (
  SELECT
    `src_purchases`.`customer` AS `customer`,
    `src_purchases`.`product` AS `product`
  FROM `src_purchases`
), `base` AS (
  SELECT
    *,
    CONCAT('', '\x1f', CAST(`customer` AS STRING), '\x1f', CAST(`product` AS STRING), '\x1f', '') AS `qt_row_key`
  FROM `joined`
  WHERE
    NOT `customer` IS NULL AND NOT `product` IS NULL
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
  FROM `base`
), `converted` AS (
  SELECT
    `customer` AS `customer`,
    `product` AS `product`,
    `qt_row_key`,
    `qt_split`,
    `qt_customer_hash`
  FROM `labelled`
), `latest` AS (
  SELECT
    *
  FROM `converted`
  WHERE
    `qt_split` = 'train'
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY `product` ORDER BY `qt_row_key`) = 1
)
SELECT
  CAST(NULL AS STRING) AS `customer`,
  `product`
FROM `latest`
