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
    `src_purchases`.`basket` AS `basket`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_purchases`.`customer` AS `customer`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`quantity` AS `quantity`
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
    AND `quantity` > CAST('0' AS INT64)
), `checked` AS (
  SELECT
    NOT `customer` IS NULL AND NOT `product` IS NULL AND NOT `bought_at` IS NULL AS `qt_role`,
    `quantity` > CAST('0' AS INT64) AS `qt_filter_0`,
    DATE(`bought_at`) AS `qt_day`
  FROM `joined`
)
SELECT
  COUNT(*) AS `joined_rows`,
  (
    SELECT
      COUNT(*)
    FROM `src_purchases`
  ) AS `source_rows`,
  COUNT(IF(`qt_role`, 1, NULL)) AS `role_rows`,
  COUNT(IF(`qt_role` AND `qt_filter_0`, 1, NULL)) AS `filter_0_rows`,
  (
    SELECT
      MIN(`qt_day`)
    FROM `base`
  ) AS `first_day`,
  (
    SELECT
      MAX(`qt_day`)
    FROM `base`
  ) AS `last_day`
FROM `checked`

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
    `src_purchases`.`basket` AS `basket`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_purchases`.`customer` AS `customer`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`quantity` AS `quantity`
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
      WHEN `qt_day` >= CAST('2025-01-04' AS DATE)
      THEN 'train'
    END AS `qt_split`,
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`
  FROM `base`
), `marked` AS (
  SELECT
    *,
    MOD(
      CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('row', '|', `qt_row_key`))), 1, 13)) AS INT64),
      2147483648
    ) AS `qt_row_hash`,
    MAX(IF(`qt_split` = 'train' AND `qt_customer_hash` < 1125899906842624, 1, 0)) OVER (PARTITION BY CAST(`customer` AS STRING)) AS `qt_customer_seen`,
    MAX(IF(`qt_split` = 'train', 1, 0)) OVER (PARTITION BY CAST(`product` AS STRING)) AS `qt_product_seen`
  FROM `labelled`
)
SELECT
  COUNT(IF(`qt_split` = 'train' AND `qt_customer_hash` < 1125899906842624, 1, NULL)) AS `train_rows`,
  COUNT(
    DISTINCT IF(
      `qt_split` = 'train' AND `qt_customer_hash` < 1125899906842624,
      CAST(`customer` AS STRING),
      NULL
    )
  ) AS `train_customers`,
  COUNT(
    DISTINCT IF(
      `qt_split` = 'train' AND `qt_customer_hash` < 1125899906842624,
      CAST(`product` AS STRING),
      NULL
    )
  ) AS `train_products`,
  COALESCE(
    SUM(
      IF(`qt_split` = 'train' AND `qt_customer_hash` < 1125899906842624, `qt_row_hash`, NULL)
    ),
    0
  ) AS `train_checksum`,
  COUNT(
    DISTINCT IF(`qt_split` = 'train' AND `qt_customer_hash` < 1125899906842624, `qt_day`, NULL)
  ) AS `train_days`,
  MIN(
    IF(`qt_split` = 'train' AND `qt_customer_hash` < 1125899906842624, `qt_seconds`, NULL)
  ) AS `train_min_time`,
  MAX(
    IF(`qt_split` = 'train' AND `qt_customer_hash` < 1125899906842624, `qt_seconds`, NULL)
  ) AS `train_max_time`,
  COUNT(IF(`qt_split` = 'eval' AND `qt_customer_hash` < 1125899906842624, 1, NULL)) AS `eval_rows`,
  COUNT(
    DISTINCT IF(
      `qt_split` = 'eval' AND `qt_customer_hash` < 1125899906842624,
      CAST(`customer` AS STRING),
      NULL
    )
  ) AS `eval_customers`,
  COUNT(
    DISTINCT IF(
      `qt_split` = 'eval' AND `qt_customer_hash` < 1125899906842624,
      CAST(`product` AS STRING),
      NULL
    )
  ) AS `eval_products`,
  COALESCE(
    SUM(
      IF(`qt_split` = 'eval' AND `qt_customer_hash` < 1125899906842624, `qt_row_hash`, NULL)
    ),
    0
  ) AS `eval_checksum`,
  COUNT(
    DISTINCT IF(`qt_split` = 'eval' AND `qt_customer_hash` < 1125899906842624, `qt_day`, NULL)
  ) AS `eval_days`,
  MIN(
    IF(`qt_split` = 'eval' AND `qt_customer_hash` < 1125899906842624, `qt_seconds`, NULL)
  ) AS `eval_min_time`,
  MAX(
    IF(`qt_split` = 'eval' AND `qt_customer_hash` < 1125899906842624, `qt_seconds`, NULL)
  ) AS `eval_max_time`,
  COUNT(
    IF(
      `qt_split` = 'eval'
      AND `qt_customer_hash` < 1125899906842624
      AND `qt_customer_seen` = 0,
      1,
      NULL
    )
  ) AS `eval_unseen_customer_rows`,
  COUNT(
    DISTINCT IF(
      `qt_split` = 'eval'
      AND `qt_customer_hash` < 1125899906842624
      AND `qt_customer_seen` = 0,
      CAST(`customer` AS STRING),
      NULL
    )
  ) AS `eval_unseen_customers`,
  COUNT(
    IF(
      `qt_split` = 'eval'
      AND `qt_customer_hash` < 1125899906842624
      AND `qt_product_seen` = 0,
      1,
      NULL
    )
  ) AS `eval_unseen_product_rows`,
  COUNT(
    DISTINCT IF(
      `qt_split` = 'eval'
      AND `qt_customer_hash` < 1125899906842624
      AND `qt_product_seen` = 0,
      CAST(`product` AS STRING),
      NULL
    )
  ) AS `eval_unseen_products`,
  COUNT(IF(`qt_split` = 'test', 1, NULL)) AS `test_rows`,
  COUNT(DISTINCT IF(`qt_split` = 'test', CAST(`customer` AS STRING), NULL)) AS `test_customers`,
  COUNT(DISTINCT IF(`qt_split` = 'test', CAST(`product` AS STRING), NULL)) AS `test_products`,
  COALESCE(SUM(IF(`qt_split` = 'test', `qt_row_hash`, NULL)), 0) AS `test_checksum`,
  COUNT(DISTINCT IF(`qt_split` = 'test', `qt_day`, NULL)) AS `test_days`,
  MIN(IF(`qt_split` = 'test', `qt_seconds`, NULL)) AS `test_min_time`,
  MAX(IF(`qt_split` = 'test', `qt_seconds`, NULL)) AS `test_max_time`,
  COUNT(IF(`qt_split` = 'test' AND `qt_customer_seen` = 0, 1, NULL)) AS `test_unseen_customer_rows`,
  COUNT(
    DISTINCT IF(`qt_split` = 'test' AND `qt_customer_seen` = 0, CAST(`customer` AS STRING), NULL)
  ) AS `test_unseen_customers`,
  COUNT(IF(`qt_split` = 'test' AND `qt_product_seen` = 0, 1, NULL)) AS `test_unseen_product_rows`,
  COUNT(
    DISTINCT IF(`qt_split` = 'test' AND `qt_product_seen` = 0, CAST(`product` AS STRING), NULL)
  ) AS `test_unseen_products`,
  (
    SELECT
      COUNT(*)
    FROM (
      SELECT DISTINCT
        CAST(`product` AS STRING) AS `qt_product`
      FROM `labelled`
      WHERE
        `qt_split` = 'train'
    )
  ) AS `catalogue_rows`,
  (
    SELECT
      COALESCE(
        SUM(
          MOD(
            CAST(CONCAT(
              '0x',
              SUBSTRING(TO_HEX(MD5(CONCAT('row', '|', CONCAT('\x1f\x1f', `qt_product`, '\x1f')))), 1, 13)
            ) AS INT64),
            2147483648
          )
        ),
        0
      )
    FROM (
      SELECT DISTINCT
        CAST(`product` AS STRING) AS `qt_product`
      FROM `labelled`
      WHERE
        `qt_split` = 'train'
    )
  ) AS `catalogue_checksum`,
  COUNT(IF(`qt_split` IS NULL, 1, NULL)) AS `dropped_rows`,
  COUNT(IF(`qt_split` = 'train' AND `qt_customer_hash` < 225179981368524, 1, NULL)) AS `train_rows_5`,
  COUNT(IF(`qt_split` = 'train' AND `qt_customer_hash` < 450359962737049, 1, NULL)) AS `train_rows_10`,
  COUNT(IF(`qt_split` = 'train' AND `qt_customer_hash` < 1125899906842624, 1, NULL)) AS `train_rows_25`,
  COUNT(IF(`qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248, 1, NULL)) AS `train_rows_50`,
  COUNT(IF(`qt_split` = 'train', 1, NULL)) AS `train_rows_100`
FROM `marked`

-- preview
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
    `src_purchases`.`basket` AS `basket`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_purchases`.`country` AS `country`,
    `src_purchases`.`customer` AS `customer`,
    IF(
      IS_NAN(`src_purchases`.`price`) OR IS_INF(`src_purchases`.`price`),
      NULL,
      `src_purchases`.`price`
    ) AS `price`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`quantity` AS `quantity`
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
    AND `quantity` > CAST('0' AS INT64)
)
SELECT
  CAST(`basket` AS STRING) AS `basket`,
  UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `bought_at`,
  `country` AS `country`,
  `customer` AS `customer`,
  `price` AS `price`,
  `product` AS `product`,
  `quantity` AS `quantity`
FROM `base`
ORDER BY
  CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('preview|17', '|', `qt_row_key`))), 1, 13)) AS INT64),
  `qt_row_key`
LIMIT 50

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
    `src_purchases`.`basket` AS `basket`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_purchases`.`country` AS `country`,
    `src_purchases`.`customer` AS `customer`,
    IF(
      IS_NAN(`src_purchases`.`price`) OR IS_INF(`src_purchases`.`price`),
      NULL,
      `src_purchases`.`price`
    ) AS `price`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`quantity` AS `quantity`
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
      WHEN `qt_day` >= CAST('2025-01-04' AS DATE)
      THEN 'train'
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
    `country` AS `country`,
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
    `src_purchases`.`basket` AS `basket`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_purchases`.`country` AS `country`,
    `src_purchases`.`customer` AS `customer`,
    IF(
      IS_NAN(`src_purchases`.`price`) OR IS_INF(`src_purchases`.`price`),
      NULL,
      `src_purchases`.`price`
    ) AS `price`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`quantity` AS `quantity`
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
      WHEN `qt_day` >= CAST('2025-01-04' AS DATE)
      THEN 'train'
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
    `country` AS `country`,
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
    `src_purchases`.`basket` AS `basket`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_purchases`.`country` AS `country`,
    `src_purchases`.`customer` AS `customer`,
    IF(
      IS_NAN(`src_purchases`.`price`) OR IS_INF(`src_purchases`.`price`),
      NULL,
      `src_purchases`.`price`
    ) AS `price`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`quantity` AS `quantity`
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
      WHEN `qt_day` >= CAST('2025-01-04' AS DATE)
      THEN 'train'
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
    `country` AS `country`,
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
    `src_purchases`.`basket` AS `basket`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_purchases`.`country` AS `country`,
    `src_purchases`.`customer` AS `customer`,
    IF(
      IS_NAN(`src_purchases`.`price`) OR IS_INF(`src_purchases`.`price`),
      NULL,
      `src_purchases`.`price`
    ) AS `price`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`quantity` AS `quantity`
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
      WHEN `qt_day` >= CAST('2025-01-04' AS DATE)
      THEN 'train'
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
    `country` AS `country`,
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
