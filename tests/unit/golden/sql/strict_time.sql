-- reference
WITH `src_purchases` AS (
  SELECT
    `basket`,
    `bought_at`,
    `customer`,
    `product`,
    `quantity`
  FROM `sales`.`purchases`
), `joined` AS (
  SELECT
    `basket` AS `basket`,
    DATETIME(`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `customer` AS `customer`,
    `product` AS `product`,
    `quantity` AS `quantity`
  FROM `src_purchases`
)
SELECT
  COUNT(*) AS `source_rows`,
  COUNT(
    IF(
      NOT `customer` IS NULL AND NOT `product` IS NULL AND NOT `bought_at` IS NULL,
      1,
      NULL
    )
  ) AS `role_rows`,
  COUNT(
    IF(
      NOT `customer` IS NULL
      AND NOT `product` IS NULL
      AND NOT `bought_at` IS NULL
      AND `quantity` > CAST('0' AS INT64),
      1,
      NULL
    )
  ) AS `filter_0_rows`,
  MIN(
    IF(
      NOT `customer` IS NULL
      AND NOT `product` IS NULL
      AND NOT `bought_at` IS NULL
      AND `quantity` > CAST('0' AS INT64),
      DATE(`bought_at`),
      NULL
    )
  ) AS `first_day`,
  MAX(
    IF(
      NOT `customer` IS NULL
      AND NOT `product` IS NULL
      AND NOT `bought_at` IS NULL
      AND `quantity` > CAST('0' AS INT64),
      DATE(`bought_at`),
      NULL
    )
  ) AS `last_day`
FROM `joined`

-- counts
WITH `src_purchases` AS (
  SELECT
    `basket`,
    `bought_at`,
    `customer`,
    `product`,
    `quantity`
  FROM `sales`.`purchases`
), `joined` AS (
  SELECT
    `basket` AS `basket`,
    DATETIME(`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `customer` AS `customer`,
    `product` AS `product`,
    `quantity` AS `quantity`
  FROM `src_purchases`
), `base` AS (
  SELECT
    *
  FROM `joined`
  WHERE
    NOT `customer` IS NULL
    AND NOT `product` IS NULL
    AND NOT `bought_at` IS NULL
    AND `quantity` > CAST('0' AS INT64)
    AND DATE(`bought_at`) <= CAST('2026-01-31' AS DATE)
), `keyed` AS (
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
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`,
    DATE(`bought_at`) AS `qt_day`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `qt_seconds`
  FROM `base`
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN `qt_day` >= CAST('2026-01-18' AS DATE)
      THEN 'test'
      WHEN `qt_day` >= CAST('2026-01-04' AS DATE)
      THEN 'eval'
      WHEN `qt_day` >= CAST('2025-01-04' AS DATE)
      THEN 'train'
    END AS `qt_split`
  FROM `keyed`
)
SELECT
  COUNT(IF(`qt_split` = 'train' AND `qt_customer_hash` < 1125899906842624, 1, NULL)) AS `train_rows`,
  COUNT(
    DISTINCT IF(`qt_split` = 'train' AND `qt_customer_hash` < 1125899906842624, `customer`, NULL)
  ) AS `train_customers`,
  COUNT(
    DISTINCT IF(`qt_split` = 'train' AND `qt_customer_hash` < 1125899906842624, `product`, NULL)
  ) AS `train_products`,
  COUNT(IF(`qt_split` = 'eval' AND `qt_customer_hash` < 1125899906842624, 1, NULL)) AS `eval_rows`,
  COUNT(
    DISTINCT IF(`qt_split` = 'eval' AND `qt_customer_hash` < 1125899906842624, `customer`, NULL)
  ) AS `eval_customers`,
  COUNT(
    DISTINCT IF(`qt_split` = 'eval' AND `qt_customer_hash` < 1125899906842624, `product`, NULL)
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
WITH `src_purchases` AS (
  SELECT
    `basket`,
    `bought_at`,
    `country`,
    `customer`,
    `price`,
    `product`,
    `quantity`
  FROM `sales`.`purchases`
), `joined` AS (
  SELECT
    `basket` AS `basket`,
    DATETIME(`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `country` AS `country`,
    `customer` AS `customer`,
    IF(IS_NAN(`price`) OR IS_INF(`price`), NULL, `price`) AS `price`,
    `product` AS `product`,
    `quantity` AS `quantity`
  FROM `src_purchases`
), `base` AS (
  SELECT
    *
  FROM `joined`
  WHERE
    NOT `customer` IS NULL
    AND NOT `product` IS NULL
    AND NOT `bought_at` IS NULL
    AND `quantity` > CAST('0' AS INT64)
    AND DATE(`bought_at`) <= CAST('2026-01-31' AS DATE)
), `keyed` AS (
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
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`,
    DATE(`bought_at`) AS `qt_day`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `qt_seconds`
  FROM `base`
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN `qt_day` >= CAST('2026-01-18' AS DATE)
      THEN 'test'
      WHEN `qt_day` >= CAST('2026-01-04' AS DATE)
      THEN 'eval'
      WHEN `qt_day` >= CAST('2025-01-04' AS DATE)
      THEN 'train'
    END AS `qt_split`
  FROM `keyed`
), `converted` AS (
  SELECT
    CAST(`basket` AS STRING) AS `basket`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `bought_at`,
    `country` AS `country`,
    `customer` AS `customer`,
    `price` AS `price`,
    `product` AS `product`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`,
    `qt_row_key`
  FROM `labelled`
)
SELECT
  `basket`,
  `bought_at`,
  `country`,
  `customer`,
  `price`,
  `product`
FROM `converted`
WHERE
  `qt_split` = 'train' AND `qt_customer_hash` < 1125899906842624

-- eval
WITH `src_purchases` AS (
  SELECT
    `basket`,
    `bought_at`,
    `country`,
    `customer`,
    `price`,
    `product`,
    `quantity`
  FROM `sales`.`purchases`
), `joined` AS (
  SELECT
    `basket` AS `basket`,
    DATETIME(`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `country` AS `country`,
    `customer` AS `customer`,
    IF(IS_NAN(`price`) OR IS_INF(`price`), NULL, `price`) AS `price`,
    `product` AS `product`,
    `quantity` AS `quantity`
  FROM `src_purchases`
), `base` AS (
  SELECT
    *
  FROM `joined`
  WHERE
    NOT `customer` IS NULL
    AND NOT `product` IS NULL
    AND NOT `bought_at` IS NULL
    AND `quantity` > CAST('0' AS INT64)
    AND DATE(`bought_at`) <= CAST('2026-01-31' AS DATE)
), `keyed` AS (
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
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`,
    DATE(`bought_at`) AS `qt_day`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `qt_seconds`
  FROM `base`
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN `qt_day` >= CAST('2026-01-18' AS DATE)
      THEN 'test'
      WHEN `qt_day` >= CAST('2026-01-04' AS DATE)
      THEN 'eval'
      WHEN `qt_day` >= CAST('2025-01-04' AS DATE)
      THEN 'train'
    END AS `qt_split`
  FROM `keyed`
), `converted` AS (
  SELECT
    CAST(`basket` AS STRING) AS `basket`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `bought_at`,
    `country` AS `country`,
    `customer` AS `customer`,
    `price` AS `price`,
    `product` AS `product`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`,
    `qt_row_key`
  FROM `labelled`
)
SELECT
  `basket`,
  `bought_at`,
  `country`,
  `customer`,
  `price`,
  `product`
FROM `converted`
WHERE
  `qt_split` = 'eval' AND `qt_customer_hash` < 1125899906842624

-- test
WITH `src_purchases` AS (
  SELECT
    `basket`,
    `bought_at`,
    `country`,
    `customer`,
    `price`,
    `product`,
    `quantity`
  FROM `sales`.`purchases`
), `joined` AS (
  SELECT
    `basket` AS `basket`,
    DATETIME(`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `country` AS `country`,
    `customer` AS `customer`,
    IF(IS_NAN(`price`) OR IS_INF(`price`), NULL, `price`) AS `price`,
    `product` AS `product`,
    `quantity` AS `quantity`
  FROM `src_purchases`
), `base` AS (
  SELECT
    *
  FROM `joined`
  WHERE
    NOT `customer` IS NULL
    AND NOT `product` IS NULL
    AND NOT `bought_at` IS NULL
    AND `quantity` > CAST('0' AS INT64)
    AND DATE(`bought_at`) <= CAST('2026-01-31' AS DATE)
), `keyed` AS (
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
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`,
    DATE(`bought_at`) AS `qt_day`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `qt_seconds`
  FROM `base`
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN `qt_day` >= CAST('2026-01-18' AS DATE)
      THEN 'test'
      WHEN `qt_day` >= CAST('2026-01-04' AS DATE)
      THEN 'eval'
      WHEN `qt_day` >= CAST('2025-01-04' AS DATE)
      THEN 'train'
    END AS `qt_split`
  FROM `keyed`
), `converted` AS (
  SELECT
    CAST(`basket` AS STRING) AS `basket`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `bought_at`,
    `country` AS `country`,
    `customer` AS `customer`,
    `price` AS `price`,
    `product` AS `product`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`,
    `qt_row_key`
  FROM `labelled`
)
SELECT
  `basket`,
  `bought_at`,
  `country`,
  `customer`,
  `price`,
  `product`
FROM `converted`
WHERE
  `qt_split` = 'test'

-- catalogue
WITH `src_purchases` AS (
  SELECT
    `basket`,
    `bought_at`,
    `country`,
    `customer`,
    `price`,
    `product`,
    `quantity`
  FROM `sales`.`purchases`
), `joined` AS (
  SELECT
    `basket` AS `basket`,
    DATETIME(`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `country` AS `country`,
    `customer` AS `customer`,
    IF(IS_NAN(`price`) OR IS_INF(`price`), NULL, `price`) AS `price`,
    `product` AS `product`,
    `quantity` AS `quantity`
  FROM `src_purchases`
), `base` AS (
  SELECT
    *
  FROM `joined`
  WHERE
    NOT `customer` IS NULL
    AND NOT `product` IS NULL
    AND NOT `bought_at` IS NULL
    AND `quantity` > CAST('0' AS INT64)
    AND DATE(`bought_at`) <= CAST('2026-01-31' AS DATE)
), `keyed` AS (
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
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`,
    DATE(`bought_at`) AS `qt_day`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `qt_seconds`
  FROM `base`
), `labelled` AS (
  SELECT
    *,
    CASE
      WHEN `qt_day` >= CAST('2026-01-18' AS DATE)
      THEN 'test'
      WHEN `qt_day` >= CAST('2026-01-04' AS DATE)
      THEN 'eval'
      WHEN `qt_day` >= CAST('2025-01-04' AS DATE)
      THEN 'train'
    END AS `qt_split`
  FROM `keyed`
), `converted` AS (
  SELECT
    CAST(`basket` AS STRING) AS `basket`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `bought_at`,
    `country` AS `country`,
    `customer` AS `customer`,
    `price` AS `price`,
    `product` AS `product`,
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
    ROW_NUMBER() OVER (PARTITION BY `product` ORDER BY `qt_seconds` DESC, `qt_row_key`, `country`) = 1
)
SELECT
  CAST(NULL AS STRING) AS `basket`,
  CAST(NULL AS INT64) AS `bought_at`,
  `country`,
  CAST(NULL AS STRING) AS `customer`,
  CAST(NULL AS FLOAT64) AS `price`,
  `product`
FROM `latest`
