-- reference
WITH `src_pur_chases` AS (
  SELECT
    `cust\`omer's "id"`,
    `größe 商品; --`,
    `it's \\ a date`,
    `sum`
  FROM `sales`.`pur\`chases`
), `joined` AS (
  SELECT
    `cust\`omer's "id"` AS `customer`,
    `it's \\ a date` AS `day`,
    `größe 商品; --` AS `product`,
    `sum` AS `sum`
  FROM `src_pur_chases`
)
SELECT
  COUNT(*) AS `source_rows`,
  COUNT(
    IF(NOT `customer` IS NULL AND NOT `product` IS NULL AND NOT `day` IS NULL, 1, NULL)
  ) AS `role_rows`,
  COUNT(
    IF(
      NOT `customer` IS NULL
      AND NOT `product` IS NULL
      AND NOT `day` IS NULL
      AND `sum` >= CAST('0.1' AS FLOAT64),
      1,
      NULL
    )
  ) AS `filter_0_rows`,
  MIN(
    IF(
      NOT `customer` IS NULL
      AND NOT `product` IS NULL
      AND NOT `day` IS NULL
      AND `sum` >= CAST('0.1' AS FLOAT64),
      DATE(`day`),
      NULL
    )
  ) AS `first_day`,
  MAX(
    IF(
      NOT `customer` IS NULL
      AND NOT `product` IS NULL
      AND NOT `day` IS NULL
      AND `sum` >= CAST('0.1' AS FLOAT64),
      DATE(`day`),
      NULL
    )
  ) AS `last_day`
FROM `joined`

-- counts
WITH `src_pur_chases` AS (
  SELECT
    `cust\`omer's "id"`,
    `größe 商品; --`,
    `it's \\ a date`,
    `sum`
  FROM `sales`.`pur\`chases`
), `joined` AS (
  SELECT
    `cust\`omer's "id"` AS `customer`,
    `it's \\ a date` AS `day`,
    `größe 商品; --` AS `product`,
    `sum` AS `sum`
  FROM `src_pur_chases`
), `base` AS (
  SELECT
    *
  FROM `joined`
  WHERE
    NOT `customer` IS NULL
    AND NOT `product` IS NULL
    AND NOT `day` IS NULL
    AND `sum` >= CAST('0.1' AS FLOAT64)
    AND DATE(`day`) <= CAST('2026-01-31' AS DATE)
), `keyed` AS (
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
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`,
    DATE(`day`) AS `qt_day`,
    UNIX_SECONDS(TIMESTAMP(`day`)) AS `qt_seconds`
  FROM `base`
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN `qt_day` >= CAST('2026-01-25' AS DATE)
      THEN 'test'
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 3602879701896396
      THEN 'train'
      ELSE 'eval'
    END AS `qt_split`
  FROM `keyed`
)
SELECT
  COUNT(IF(`qt_split` = 'train' AND `qt_customer_hash` < 225179981368524, 1, NULL)) AS `train_rows`,
  COUNT(
    DISTINCT IF(`qt_split` = 'train' AND `qt_customer_hash` < 225179981368524, `customer`, NULL)
  ) AS `train_customers`,
  COUNT(
    DISTINCT IF(`qt_split` = 'train' AND `qt_customer_hash` < 225179981368524, `product`, NULL)
  ) AS `train_products`,
  COUNT(IF(`qt_split` = 'eval' AND `qt_customer_hash` < 225179981368524, 1, NULL)) AS `eval_rows`,
  COUNT(
    DISTINCT IF(`qt_split` = 'eval' AND `qt_customer_hash` < 225179981368524, `customer`, NULL)
  ) AS `eval_customers`,
  COUNT(
    DISTINCT IF(`qt_split` = 'eval' AND `qt_customer_hash` < 225179981368524, `product`, NULL)
  ) AS `eval_products`,
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
WITH `src_pur_chases` AS (
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
    `at` AS `at`,
    `cust\`omer's "id"` AS `customer`,
    `it's \\ a date` AS `day`,
    `gift` AS `gift`,
    `größe 商品; --` AS `product`,
    `sum` AS `sum`
  FROM `src_pur_chases`
), `base` AS (
  SELECT
    *
  FROM `joined`
  WHERE
    NOT `customer` IS NULL
    AND NOT `product` IS NULL
    AND NOT `day` IS NULL
    AND `sum` >= CAST('0.1' AS FLOAT64)
    AND DATE(`day`) <= CAST('2026-01-31' AS DATE)
), `keyed` AS (
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
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`,
    DATE(`day`) AS `qt_day`,
    UNIX_SECONDS(TIMESTAMP(`day`)) AS `qt_seconds`
  FROM `base`
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN `qt_day` >= CAST('2026-01-25' AS DATE)
      THEN 'test'
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 3602879701896396
      THEN 'train'
      ELSE 'eval'
    END AS `qt_split`
  FROM `keyed`
), `converted` AS (
  SELECT
    TIME_DIFF(`at`, CAST('00:00:00' AS TIME), SECOND) AS `at`,
    CAST(`customer` AS STRING) AS `customer`,
    UNIX_SECONDS(TIMESTAMP(`day`)) AS `day`,
    CAST(`gift` AS INT64) AS `gift`,
    `product` AS `product`,
    CAST(`sum` AS FLOAT64) AS `sum`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`,
    `qt_row_key`
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

-- eval
WITH `src_pur_chases` AS (
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
    `at` AS `at`,
    `cust\`omer's "id"` AS `customer`,
    `it's \\ a date` AS `day`,
    `gift` AS `gift`,
    `größe 商品; --` AS `product`,
    `sum` AS `sum`
  FROM `src_pur_chases`
), `base` AS (
  SELECT
    *
  FROM `joined`
  WHERE
    NOT `customer` IS NULL
    AND NOT `product` IS NULL
    AND NOT `day` IS NULL
    AND `sum` >= CAST('0.1' AS FLOAT64)
    AND DATE(`day`) <= CAST('2026-01-31' AS DATE)
), `keyed` AS (
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
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`,
    DATE(`day`) AS `qt_day`,
    UNIX_SECONDS(TIMESTAMP(`day`)) AS `qt_seconds`
  FROM `base`
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN `qt_day` >= CAST('2026-01-25' AS DATE)
      THEN 'test'
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 3602879701896396
      THEN 'train'
      ELSE 'eval'
    END AS `qt_split`
  FROM `keyed`
), `converted` AS (
  SELECT
    TIME_DIFF(`at`, CAST('00:00:00' AS TIME), SECOND) AS `at`,
    CAST(`customer` AS STRING) AS `customer`,
    UNIX_SECONDS(TIMESTAMP(`day`)) AS `day`,
    CAST(`gift` AS INT64) AS `gift`,
    `product` AS `product`,
    CAST(`sum` AS FLOAT64) AS `sum`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`,
    `qt_row_key`
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
  `qt_split` = 'eval' AND `qt_customer_hash` < 225179981368524

-- test
WITH `src_pur_chases` AS (
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
    `at` AS `at`,
    `cust\`omer's "id"` AS `customer`,
    `it's \\ a date` AS `day`,
    `gift` AS `gift`,
    `größe 商品; --` AS `product`,
    `sum` AS `sum`
  FROM `src_pur_chases`
), `base` AS (
  SELECT
    *
  FROM `joined`
  WHERE
    NOT `customer` IS NULL
    AND NOT `product` IS NULL
    AND NOT `day` IS NULL
    AND `sum` >= CAST('0.1' AS FLOAT64)
    AND DATE(`day`) <= CAST('2026-01-31' AS DATE)
), `keyed` AS (
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
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`,
    DATE(`day`) AS `qt_day`,
    UNIX_SECONDS(TIMESTAMP(`day`)) AS `qt_seconds`
  FROM `base`
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN `qt_day` >= CAST('2026-01-25' AS DATE)
      THEN 'test'
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 3602879701896396
      THEN 'train'
      ELSE 'eval'
    END AS `qt_split`
  FROM `keyed`
), `converted` AS (
  SELECT
    TIME_DIFF(`at`, CAST('00:00:00' AS TIME), SECOND) AS `at`,
    CAST(`customer` AS STRING) AS `customer`,
    UNIX_SECONDS(TIMESTAMP(`day`)) AS `day`,
    CAST(`gift` AS INT64) AS `gift`,
    `product` AS `product`,
    CAST(`sum` AS FLOAT64) AS `sum`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`,
    `qt_row_key`
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
  `qt_split` = 'test'

-- catalogue
WITH `src_pur_chases` AS (
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
    `at` AS `at`,
    `cust\`omer's "id"` AS `customer`,
    `it's \\ a date` AS `day`,
    `gift` AS `gift`,
    `größe 商品; --` AS `product`,
    `sum` AS `sum`
  FROM `src_pur_chases`
), `base` AS (
  SELECT
    *
  FROM `joined`
  WHERE
    NOT `customer` IS NULL
    AND NOT `product` IS NULL
    AND NOT `day` IS NULL
    AND `sum` >= CAST('0.1' AS FLOAT64)
    AND DATE(`day`) <= CAST('2026-01-31' AS DATE)
), `keyed` AS (
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
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`,
    DATE(`day`) AS `qt_day`,
    UNIX_SECONDS(TIMESTAMP(`day`)) AS `qt_seconds`
  FROM `base`
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN `qt_day` >= CAST('2026-01-25' AS DATE)
      THEN 'test'
      WHEN CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('split|17', '|', `qt_row_key`))), 1, 13)) AS INT64) < 3602879701896396
      THEN 'train'
      ELSE 'eval'
    END AS `qt_split`
  FROM `keyed`
), `converted` AS (
  SELECT
    TIME_DIFF(`at`, CAST('00:00:00' AS TIME), SECOND) AS `at`,
    CAST(`customer` AS STRING) AS `customer`,
    UNIX_SECONDS(TIMESTAMP(`day`)) AS `day`,
    CAST(`gift` AS INT64) AS `gift`,
    `product` AS `product`,
    CAST(`sum` AS FLOAT64) AS `sum`,
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
