-- reference
WITH `src_products` AS (
  SELECT
    `group`,
    `launched`,
    `sku`
  FROM `warehouse-eu`.`sales`.`products`
), `src_purchases` AS (
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
    `src_products`.`group`.`name` AS `category`,
    `src_purchases`.`customer` AS `customer`,
    `src_purchases`.`country` AS `land`,
    `src_products`.`launched` AS `launched`,
    COALESCE(
      IF(
        IS_NAN(`src_purchases`.`price`) OR IS_INF(`src_purchases`.`price`),
        NULL,
        `src_purchases`.`price`
      ),
      CAST('0.5' AS FLOAT64)
    ) AS `price`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`quantity` AS `quantity`
  FROM `src_purchases`
  LEFT JOIN `src_products`
    ON `src_purchases`.`product` = `src_products`.`sku`
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
    AND NOT `quantity` IS NULL
    AND NOT `quantity` IS NULL
    AND (
      NOT `land` IN ('XX', 'YY') OR `land` IS NULL
    )
    AND `quantity` BETWEEN CAST('1' AS INT64) AND CAST('1000000' AS INT64)
    AND `price` > CAST('0.0' AS FLOAT64)
    AND DATE(`launched`) >= CAST('2001-01-01' AS DATE)
    AND DATE(`launched`) <= CAST('2025-12-31' AS DATE)
    AND DATE_DIFF((
      SELECT
        MAX(DATE(`bought_at`))
      FROM `joined`
    ), DATE(`bought_at`), DAY) <= 999
    AND NOT `category` IS NULL
    AND DATE(`bought_at`) >= CAST('2023-01-01' AS DATE)
    AND DATE(`bought_at`) <= CAST('2025-12-31' AS DATE)
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
      COUNT(DISTINCT COALESCE(CAST(`basket` AS STRING), `qt_row_key`)) AS `qt_transactions`,
      COALESCE(SUM(SAFE_CAST(`price` AS NUMERIC)), CAST('0' AS NUMERIC)) AS `qt_sum`,
      GREATEST(
        COALESCE(SUM(SAFE_CAST(`price` AS NUMERIC)), CAST('0' AS NUMERIC)),
        CAST('0' AS NUMERIC)
      ) AS `qt_revenue`,
      MAX(`qt_day`) AS `qt_last_day`
    FROM `fit`
    GROUP BY
      CAST(`product` AS STRING)
  )
  QUALIFY
    `qt_transactions` >= CAST('2' AS INT64)
    AND CAST(`qt_sum` AS FLOAT64) >= CAST('10.0' AS FLOAT64)
    AND DATE_DIFF(MAX(`qt_last_day`) OVER (), `qt_last_day`, DAY) BETWEEN CAST('0' AS INT64) AND CAST('365' AS INT64)
    AND CAST(SUM(`qt_revenue`) OVER (ORDER BY `qt_revenue` DESC, `qt_id`) - `qt_revenue` AS FLOAT64) < CAST('0.95' AS FLOAT64) * CAST(SUM(`qt_revenue`) OVER () AS FLOAT64)
), `keep_customers` AS (
  SELECT
    `qt_id`
  FROM (
    SELECT
      CAST(`customer` AS STRING) AS `qt_id`,
      COUNT(DISTINCT COALESCE(CAST(`basket` AS STRING), `qt_row_key`)) AS `qt_transactions`
    FROM `fit`
    GROUP BY
      CAST(`customer` AS STRING)
  )
  WHERE
    `qt_transactions` >= CAST('2' AS INT64)
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
), `checked` AS (
  SELECT
    NOT `customer` IS NULL AND NOT `product` IS NULL AND NOT `bought_at` IS NULL AS `qt_role`,
    NOT `quantity` IS NULL AS `qt_null`,
    NOT `quantity` IS NULL AS `qt_required`,
    (
      NOT `land` IN ('XX', 'YY') OR `land` IS NULL
    ) AS `qt_filter_0`,
    `quantity` BETWEEN CAST('1' AS INT64) AND CAST('1000000' AS INT64) AS `qt_filter_1`,
    `price` > CAST('0.0' AS FLOAT64) AS `qt_filter_2`,
    DATE(`launched`) >= CAST('2001-01-01' AS DATE)
    AND DATE(`launched`) <= CAST('2025-12-31' AS DATE) AS `qt_filter_3`,
    DATE_DIFF((
      SELECT
        MAX(DATE(`bought_at`))
      FROM `joined`
    ), DATE(`bought_at`), DAY) <= 999 AS `qt_filter_4`,
    NOT `category` IS NULL AS `qt_filter_5`,
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
  COUNT(IF(`qt_role` AND `qt_null`, 1, NULL)) AS `null_rows`,
  COUNT(IF(`qt_role` AND `qt_null` AND `qt_required`, 1, NULL)) AS `required_rows`,
  COUNT(IF(`qt_role` AND `qt_null` AND `qt_required` AND `qt_filter_0`, 1, NULL)) AS `filter_0_rows`,
  COUNT(
    IF(
      `qt_role` AND `qt_null` AND `qt_required` AND `qt_filter_0` AND `qt_filter_1`,
      1,
      NULL
    )
  ) AS `filter_1_rows`,
  COUNT(
    IF(
      `qt_role`
      AND `qt_null`
      AND `qt_required`
      AND `qt_filter_0`
      AND `qt_filter_1`
      AND `qt_filter_2`,
      1,
      NULL
    )
  ) AS `filter_2_rows`,
  COUNT(
    IF(
      `qt_role`
      AND `qt_null`
      AND `qt_required`
      AND `qt_filter_0`
      AND `qt_filter_1`
      AND `qt_filter_2`
      AND `qt_filter_3`,
      1,
      NULL
    )
  ) AS `filter_3_rows`,
  COUNT(
    IF(
      `qt_role`
      AND `qt_null`
      AND `qt_required`
      AND `qt_filter_0`
      AND `qt_filter_1`
      AND `qt_filter_2`
      AND `qt_filter_3`
      AND `qt_filter_4`,
      1,
      NULL
    )
  ) AS `filter_4_rows`,
  COUNT(
    IF(
      `qt_role`
      AND `qt_null`
      AND `qt_required`
      AND `qt_filter_0`
      AND `qt_filter_1`
      AND `qt_filter_2`
      AND `qt_filter_3`
      AND `qt_filter_4`
      AND `qt_filter_5`,
      1,
      NULL
    )
  ) AS `filter_5_rows`,
  MAX(
    IF(
      `qt_role`
      AND `qt_null`
      AND `qt_required`
      AND `qt_filter_0`
      AND `qt_filter_1`
      AND `qt_filter_2`
      AND `qt_filter_3`
      AND `qt_filter_4`
      AND `qt_filter_5`,
      `qt_day`,
      NULL
    )
  ) AS `window_ref`,
  (
    SELECT
      COUNT(*)
    FROM `base`
  ) AS `window_rows`,
  (
    SELECT
      MAX(DATE(`bought_at`))
    FROM `joined`
  ) AS `newest_0`,
  (
    SELECT
      COUNT(*)
    FROM `base`
    WHERE
      CAST(`product` AS STRING) IN (
        SELECT
          `qt_id`
        FROM `keep_products`
      )
  ) AS `products_rows`,
  (
    SELECT
      COUNT(*)
    FROM `keep_products`
  ) AS `products_kept`,
  (
    SELECT
      COUNT(DISTINCT CAST(`product` AS STRING))
    FROM `base`
  ) AS `products_before`,
  COALESCE(
    (
      SELECT
        SUM(`qt_revenue`)
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
    ),
    0
  ) AS `products_revenue`,
  (
    SELECT
      COUNT(*)
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
  ) AS `customers_rows`,
  (
    SELECT
      COUNT(*)
    FROM `keep_customers`
  ) AS `customers_kept`,
  (
    SELECT
      COUNT(DISTINCT CAST(`customer` AS STRING))
    FROM `base`
  ) AS `customers_before`,
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
WITH `src_products` AS (
  SELECT
    `group`,
    `launched`,
    `sku`
  FROM `warehouse-eu`.`sales`.`products`
), `src_purchases` AS (
  SELECT
    `basket`,
    `bought_at`,
    `country`,
    `customer`,
    `price`,
    `product`,
    `quantity`
  FROM `sales`.`purchases`
), `src_qt_catalogue` AS (
  SELECT
    `active`,
    `sku`
  FROM `warehouse-eu`.`sales`.`products`
), `joined` AS (
  SELECT
    `src_purchases`.`basket` AS `basket`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_products`.`group`.`name` AS `category`,
    `src_purchases`.`customer` AS `customer`,
    `src_purchases`.`country` AS `land`,
    `src_products`.`launched` AS `launched`,
    COALESCE(
      IF(
        IS_NAN(`src_purchases`.`price`) OR IS_INF(`src_purchases`.`price`),
        NULL,
        `src_purchases`.`price`
      ),
      CAST('0.5' AS FLOAT64)
    ) AS `price`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`quantity` AS `quantity`
  FROM `src_purchases`
  LEFT JOIN `src_products`
    ON `src_purchases`.`product` = `src_products`.`sku`
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
    AND NOT `quantity` IS NULL
    AND NOT `quantity` IS NULL
    AND (
      NOT `land` IN ('XX', 'YY') OR `land` IS NULL
    )
    AND `quantity` BETWEEN CAST('1' AS INT64) AND CAST('1000000' AS INT64)
    AND `price` > CAST('0.0' AS FLOAT64)
    AND DATE(`launched`) >= CAST('2001-01-01' AS DATE)
    AND DATE(`launched`) <= CAST('2025-12-31' AS DATE)
    AND DATE(`bought_at`) >= CAST('2023-05-08' AS DATE)
    AND NOT `category` IS NULL
    AND DATE(`bought_at`) >= CAST('2023-01-01' AS DATE)
    AND DATE(`bought_at`) <= CAST('2025-12-31' AS DATE)
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
      COUNT(DISTINCT COALESCE(CAST(`basket` AS STRING), `qt_row_key`)) AS `qt_transactions`,
      COALESCE(SUM(SAFE_CAST(`price` AS NUMERIC)), CAST('0' AS NUMERIC)) AS `qt_sum`,
      GREATEST(
        COALESCE(SUM(SAFE_CAST(`price` AS NUMERIC)), CAST('0' AS NUMERIC)),
        CAST('0' AS NUMERIC)
      ) AS `qt_revenue`,
      MAX(`qt_day`) AS `qt_last_day`
    FROM `fit`
    GROUP BY
      CAST(`product` AS STRING)
  )
  QUALIFY
    `qt_transactions` >= CAST('2' AS INT64)
    AND CAST(`qt_sum` AS FLOAT64) >= CAST('10.0' AS FLOAT64)
    AND DATE_DIFF(MAX(`qt_last_day`) OVER (), `qt_last_day`, DAY) BETWEEN CAST('0' AS INT64) AND CAST('365' AS INT64)
    AND CAST(SUM(`qt_revenue`) OVER (ORDER BY `qt_revenue` DESC, `qt_id`) - `qt_revenue` AS FLOAT64) < CAST('0.95' AS FLOAT64) * CAST(SUM(`qt_revenue`) OVER () AS FLOAT64)
), `keep_customers` AS (
  SELECT
    `qt_id`
  FROM (
    SELECT
      CAST(`customer` AS STRING) AS `qt_id`,
      COUNT(DISTINCT COALESCE(CAST(`basket` AS STRING), `qt_row_key`)) AS `qt_transactions`
    FROM `fit`
    GROUP BY
      CAST(`customer` AS STRING)
  )
  WHERE
    `qt_transactions` >= CAST('2' AS INT64)
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
), `active` AS (
  SELECT DISTINCT
    CAST(`src_qt_catalogue`.`sku` AS STRING) AS `qt_product`
  FROM `src_qt_catalogue`
  WHERE
    NOT `src_qt_catalogue`.`sku` IS NULL AND `src_qt_catalogue`.`active`
), `marked` AS (
  SELECT
    *,
    MOD(
      CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('row', '|', `qt_row_key`))), 1, 13)) AS INT64),
      2147483648
    ) AS `qt_row_hash`,
    MAX(IF(`qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248, 1, 0)) OVER (PARTITION BY CAST(`customer` AS STRING)) AS `qt_customer_seen`,
    IF(CAST(`product` AS STRING) IN (
      SELECT
        `qt_product`
      FROM `active`
    ), 1, 0) AS `qt_product_seen`
  FROM `labelled`
)
SELECT
  COUNT(IF(`qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248, 1, NULL)) AS `train_rows`,
  COUNT(
    DISTINCT IF(
      `qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248,
      CAST(`customer` AS STRING),
      NULL
    )
  ) AS `train_customers`,
  COUNT(
    DISTINCT IF(
      `qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248,
      CAST(`product` AS STRING),
      NULL
    )
  ) AS `train_products`,
  COALESCE(
    SUM(
      IF(`qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248, `qt_row_hash`, NULL)
    ),
    0
  ) AS `train_checksum`,
  COUNT(
    DISTINCT IF(`qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248, `qt_day`, NULL)
  ) AS `train_days`,
  MIN(
    IF(`qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248, `qt_seconds`, NULL)
  ) AS `train_min_time`,
  MAX(
    IF(`qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248, `qt_seconds`, NULL)
  ) AS `train_max_time`,
  COUNT(IF(`qt_split` = 'eval' AND `qt_customer_hash` < 2251799813685248, 1, NULL)) AS `eval_rows`,
  COUNT(
    DISTINCT IF(
      `qt_split` = 'eval' AND `qt_customer_hash` < 2251799813685248,
      CAST(`customer` AS STRING),
      NULL
    )
  ) AS `eval_customers`,
  COUNT(
    DISTINCT IF(
      `qt_split` = 'eval' AND `qt_customer_hash` < 2251799813685248,
      CAST(`product` AS STRING),
      NULL
    )
  ) AS `eval_products`,
  COALESCE(
    SUM(
      IF(`qt_split` = 'eval' AND `qt_customer_hash` < 2251799813685248, `qt_row_hash`, NULL)
    ),
    0
  ) AS `eval_checksum`,
  COUNT(
    DISTINCT IF(`qt_split` = 'eval' AND `qt_customer_hash` < 2251799813685248, `qt_day`, NULL)
  ) AS `eval_days`,
  MIN(
    IF(`qt_split` = 'eval' AND `qt_customer_hash` < 2251799813685248, `qt_seconds`, NULL)
  ) AS `eval_min_time`,
  MAX(
    IF(`qt_split` = 'eval' AND `qt_customer_hash` < 2251799813685248, `qt_seconds`, NULL)
  ) AS `eval_max_time`,
  COUNT(
    IF(
      `qt_split` = 'eval'
      AND `qt_customer_hash` < 2251799813685248
      AND `qt_customer_seen` = 0,
      1,
      NULL
    )
  ) AS `eval_unseen_customer_rows`,
  COUNT(
    DISTINCT IF(
      `qt_split` = 'eval'
      AND `qt_customer_hash` < 2251799813685248
      AND `qt_customer_seen` = 0,
      CAST(`customer` AS STRING),
      NULL
    )
  ) AS `eval_unseen_customers`,
  COUNT(
    IF(
      `qt_split` = 'eval'
      AND `qt_customer_hash` < 2251799813685248
      AND `qt_product_seen` = 0,
      1,
      NULL
    )
  ) AS `eval_unseen_product_rows`,
  COUNT(
    DISTINCT IF(
      `qt_split` = 'eval'
      AND `qt_customer_hash` < 2251799813685248
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
    FROM `active`
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
    FROM `active`
  ) AS `catalogue_checksum`,
  COUNT(IF(`qt_split` IS NULL, 1, NULL)) AS `dropped_rows`,
  (
    SELECT
      COUNT(*)
    FROM `base`
    WHERE
      `qt_day` >= CAST('2026-01-18' AS DATE)
  ) AS `test_rows_before_filters`,
  COUNT(IF(`qt_split` = 'train' AND `qt_customer_hash` < 225179981368524, 1, NULL)) AS `train_rows_5`,
  COUNT(IF(`qt_split` = 'train' AND `qt_customer_hash` < 450359962737049, 1, NULL)) AS `train_rows_10`,
  COUNT(IF(`qt_split` = 'train' AND `qt_customer_hash` < 1125899906842624, 1, NULL)) AS `train_rows_25`,
  COUNT(IF(`qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248, 1, NULL)) AS `train_rows_50`,
  COUNT(IF(`qt_split` = 'train', 1, NULL)) AS `train_rows_100`
FROM `marked`

-- preview
WITH `src_products` AS (
  SELECT
    `brand`,
    `group`,
    `launched`,
    `sku`
  FROM `warehouse-eu`.`sales`.`products`
), `src_purchases` AS (
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
    `src_products`.`brand` AS `brand`,
    `src_products`.`group`.`name` AS `category`,
    `src_purchases`.`customer` AS `customer`,
    `src_purchases`.`country` AS `land`,
    `src_products`.`launched` AS `launched`,
    COALESCE(
      IF(
        IS_NAN(`src_purchases`.`price`) OR IS_INF(`src_purchases`.`price`),
        NULL,
        `src_purchases`.`price`
      ),
      CAST('0.5' AS FLOAT64)
    ) AS `price`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`quantity` AS `quantity`
  FROM `src_purchases`
  LEFT JOIN `src_products`
    ON `src_purchases`.`product` = `src_products`.`sku`
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
    AND NOT `quantity` IS NULL
    AND (
      NOT `land` IN ('XX', 'YY') OR `land` IS NULL
    )
    AND `quantity` BETWEEN CAST('1' AS INT64) AND CAST('1000000' AS INT64)
    AND `price` > CAST('0.0' AS FLOAT64)
    AND DATE(`launched`) >= CAST('2001-01-01' AS DATE)
    AND DATE(`launched`) <= CAST('2025-12-31' AS DATE)
    AND DATE_DIFF((
      SELECT
        MAX(DATE(`bought_at`))
      FROM `joined`
    ), DATE(`bought_at`), DAY) <= 999
    AND NOT `category` IS NULL
    AND DATE(`bought_at`) >= CAST('2023-01-01' AS DATE)
    AND DATE(`bought_at`) <= CAST('2025-12-31' AS DATE)
)
SELECT
  CAST(`basket` AS STRING) AS `basket`,
  UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `bought_at`,
  `brand` AS `brand`,
  `category` AS `category`,
  `customer` AS `customer`,
  `land` AS `land`,
  UNIX_SECONDS(TIMESTAMP(`launched`)) AS `launched`,
  `price` AS `price`,
  `product` AS `product`,
  `quantity` AS `quantity`
FROM `base`
ORDER BY
  CAST(CONCAT('0x', SUBSTRING(TO_HEX(MD5(CONCAT('preview|17', '|', `qt_row_key`))), 1, 13)) AS INT64),
  `qt_row_key`
LIMIT 50

-- train
WITH `src_products` AS (
  SELECT
    `brand`,
    `group`,
    `launched`,
    `sku`
  FROM `warehouse-eu`.`sales`.`products` FOR SYSTEM_TIME AS OF CAST('2026-02-01 12:30:00.000000+00:00' AS TIMESTAMP)
), `src_purchases` AS (
  SELECT
    `basket`,
    `bought_at`,
    `country`,
    `customer`,
    `price`,
    `product`,
    `quantity`
  FROM `sales`.`purchases` FOR SYSTEM_TIME AS OF CAST('2026-02-01 12:30:00.000000+00:00' AS TIMESTAMP)
), `joined` AS (
  SELECT
    `src_purchases`.`basket` AS `basket`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_products`.`brand` AS `brand`,
    `src_products`.`group`.`name` AS `category`,
    `src_purchases`.`customer` AS `customer`,
    `src_purchases`.`country` AS `land`,
    `src_products`.`launched` AS `launched`,
    COALESCE(
      IF(
        IS_NAN(`src_purchases`.`price`) OR IS_INF(`src_purchases`.`price`),
        NULL,
        `src_purchases`.`price`
      ),
      CAST('0.5' AS FLOAT64)
    ) AS `price`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`quantity` AS `quantity`
  FROM `src_purchases`
  LEFT JOIN `src_products`
    ON `src_purchases`.`product` = `src_products`.`sku`
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
    AND NOT `quantity` IS NULL
    AND NOT `quantity` IS NULL
    AND (
      NOT `land` IN ('XX', 'YY') OR `land` IS NULL
    )
    AND `quantity` BETWEEN CAST('1' AS INT64) AND CAST('1000000' AS INT64)
    AND `price` > CAST('0.0' AS FLOAT64)
    AND DATE(`launched`) >= CAST('2001-01-01' AS DATE)
    AND DATE(`launched`) <= CAST('2025-12-31' AS DATE)
    AND DATE(`bought_at`) >= CAST('2023-05-08' AS DATE)
    AND NOT `category` IS NULL
    AND DATE(`bought_at`) >= CAST('2023-01-01' AS DATE)
    AND DATE(`bought_at`) <= CAST('2025-12-31' AS DATE)
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
      COUNT(DISTINCT COALESCE(CAST(`basket` AS STRING), `qt_row_key`)) AS `qt_transactions`,
      COALESCE(SUM(SAFE_CAST(`price` AS NUMERIC)), CAST('0' AS NUMERIC)) AS `qt_sum`,
      GREATEST(
        COALESCE(SUM(SAFE_CAST(`price` AS NUMERIC)), CAST('0' AS NUMERIC)),
        CAST('0' AS NUMERIC)
      ) AS `qt_revenue`,
      MAX(`qt_day`) AS `qt_last_day`
    FROM `fit`
    GROUP BY
      CAST(`product` AS STRING)
  )
  QUALIFY
    `qt_transactions` >= CAST('2' AS INT64)
    AND CAST(`qt_sum` AS FLOAT64) >= CAST('10.0' AS FLOAT64)
    AND DATE_DIFF(MAX(`qt_last_day`) OVER (), `qt_last_day`, DAY) BETWEEN CAST('0' AS INT64) AND CAST('365' AS INT64)
    AND CAST(SUM(`qt_revenue`) OVER (ORDER BY `qt_revenue` DESC, `qt_id`) - `qt_revenue` AS FLOAT64) < CAST('0.95' AS FLOAT64) * CAST(SUM(`qt_revenue`) OVER () AS FLOAT64)
), `keep_customers` AS (
  SELECT
    `qt_id`
  FROM (
    SELECT
      CAST(`customer` AS STRING) AS `qt_id`,
      COUNT(DISTINCT COALESCE(CAST(`basket` AS STRING), `qt_row_key`)) AS `qt_transactions`
    FROM `fit`
    GROUP BY
      CAST(`customer` AS STRING)
  )
  WHERE
    `qt_transactions` >= CAST('2' AS INT64)
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
), `profile_recent` AS (
  SELECT
    `moments`.`qt_customer`,
    `moments`.`qt_at`,
    ARRAY_AGG(
      `bought`.`qt_item` ORDER BY `bought`.`qt_bought` DESC, `bought`.`qt_item`
      LIMIT 20
    ) AS `qt_items`
  FROM (
    SELECT DISTINCT
      CAST(`customer` AS STRING) AS `qt_customer`,
      `qt_seconds` AS `qt_at`
    FROM `labelled`
    WHERE
      `qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248
    UNION ALL
    SELECT DISTINCT
      CAST(`customer` AS STRING) AS `qt_customer`,
      9223372036854775807 AS `qt_at`
    FROM `labelled`
    WHERE
      `qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248
  ) AS `moments`
  INNER JOIN (
    SELECT
      `qt_customer`,
      `qt_item`,
      `qt_bought`,
      LEAD(`qt_bought`) OVER (PARTITION BY `qt_customer`, `qt_item` ORDER BY `qt_bought`) AS `qt_bought_again`
    FROM (
      SELECT DISTINCT
        CAST(`customer` AS STRING) AS `qt_customer`,
        CAST(`product` AS STRING) AS `qt_item`,
        `qt_seconds` AS `qt_bought`
      FROM `labelled`
      WHERE
        `qt_split` = 'train'
        AND `qt_customer_hash` < 2251799813685248
        AND NOT `product` IS NULL
    )
  ) AS `bought`
    ON `moments`.`qt_customer` = `bought`.`qt_customer`
    AND `bought`.`qt_bought` < `moments`.`qt_at`
    AND (
      `bought`.`qt_bought_again` IS NULL
      OR `bought`.`qt_bought_again` >= `moments`.`qt_at`
    )
  GROUP BY
    `moments`.`qt_customer`,
    `moments`.`qt_at`
), `converted` AS (
  SELECT
    CAST(`basket` AS STRING) AS `basket`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `bought_at`,
    `brand` AS `brand`,
    `category` AS `category`,
    `customer` AS `customer`,
    `price` AS `price`,
    `product` AS `product`,
    `quantity` AS `quantity`,
    `profile_recent`.`qt_items` AS `recent`,
    `qt_row_key`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`
  FROM `labelled`
  LEFT JOIN `profile_recent`
    ON CAST(`labelled`.`customer` AS STRING) = `profile_recent`.`qt_customer`
    AND IF(
      COALESCE(`labelled`.`qt_split`, '') = 'train',
      `labelled`.`qt_seconds`,
      9223372036854775807
    ) = `profile_recent`.`qt_at`
)
SELECT
  `basket`,
  `bought_at`,
  `brand`,
  `category`,
  `customer`,
  `price`,
  `product`,
  `quantity`,
  `recent`
FROM `converted`
WHERE
  `qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248

-- eval
WITH `src_products` AS (
  SELECT
    `brand`,
    `group`,
    `launched`,
    `sku`
  FROM `warehouse-eu`.`sales`.`products` FOR SYSTEM_TIME AS OF CAST('2026-02-01 12:30:00.000000+00:00' AS TIMESTAMP)
), `src_purchases` AS (
  SELECT
    `basket`,
    `bought_at`,
    `country`,
    `customer`,
    `price`,
    `product`,
    `quantity`
  FROM `sales`.`purchases` FOR SYSTEM_TIME AS OF CAST('2026-02-01 12:30:00.000000+00:00' AS TIMESTAMP)
), `joined` AS (
  SELECT
    `src_purchases`.`basket` AS `basket`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_products`.`brand` AS `brand`,
    `src_products`.`group`.`name` AS `category`,
    `src_purchases`.`customer` AS `customer`,
    `src_purchases`.`country` AS `land`,
    `src_products`.`launched` AS `launched`,
    COALESCE(
      IF(
        IS_NAN(`src_purchases`.`price`) OR IS_INF(`src_purchases`.`price`),
        NULL,
        `src_purchases`.`price`
      ),
      CAST('0.5' AS FLOAT64)
    ) AS `price`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`quantity` AS `quantity`
  FROM `src_purchases`
  LEFT JOIN `src_products`
    ON `src_purchases`.`product` = `src_products`.`sku`
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
    AND NOT `quantity` IS NULL
    AND NOT `quantity` IS NULL
    AND (
      NOT `land` IN ('XX', 'YY') OR `land` IS NULL
    )
    AND `quantity` BETWEEN CAST('1' AS INT64) AND CAST('1000000' AS INT64)
    AND `price` > CAST('0.0' AS FLOAT64)
    AND DATE(`launched`) >= CAST('2001-01-01' AS DATE)
    AND DATE(`launched`) <= CAST('2025-12-31' AS DATE)
    AND DATE(`bought_at`) >= CAST('2023-05-08' AS DATE)
    AND NOT `category` IS NULL
    AND DATE(`bought_at`) >= CAST('2023-01-01' AS DATE)
    AND DATE(`bought_at`) <= CAST('2025-12-31' AS DATE)
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
      COUNT(DISTINCT COALESCE(CAST(`basket` AS STRING), `qt_row_key`)) AS `qt_transactions`,
      COALESCE(SUM(SAFE_CAST(`price` AS NUMERIC)), CAST('0' AS NUMERIC)) AS `qt_sum`,
      GREATEST(
        COALESCE(SUM(SAFE_CAST(`price` AS NUMERIC)), CAST('0' AS NUMERIC)),
        CAST('0' AS NUMERIC)
      ) AS `qt_revenue`,
      MAX(`qt_day`) AS `qt_last_day`
    FROM `fit`
    GROUP BY
      CAST(`product` AS STRING)
  )
  QUALIFY
    `qt_transactions` >= CAST('2' AS INT64)
    AND CAST(`qt_sum` AS FLOAT64) >= CAST('10.0' AS FLOAT64)
    AND DATE_DIFF(MAX(`qt_last_day`) OVER (), `qt_last_day`, DAY) BETWEEN CAST('0' AS INT64) AND CAST('365' AS INT64)
    AND CAST(SUM(`qt_revenue`) OVER (ORDER BY `qt_revenue` DESC, `qt_id`) - `qt_revenue` AS FLOAT64) < CAST('0.95' AS FLOAT64) * CAST(SUM(`qt_revenue`) OVER () AS FLOAT64)
), `keep_customers` AS (
  SELECT
    `qt_id`
  FROM (
    SELECT
      CAST(`customer` AS STRING) AS `qt_id`,
      COUNT(DISTINCT COALESCE(CAST(`basket` AS STRING), `qt_row_key`)) AS `qt_transactions`
    FROM `fit`
    GROUP BY
      CAST(`customer` AS STRING)
  )
  WHERE
    `qt_transactions` >= CAST('2' AS INT64)
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
), `profile_recent` AS (
  SELECT
    `moments`.`qt_customer`,
    `moments`.`qt_at`,
    ARRAY_AGG(
      `bought`.`qt_item` ORDER BY `bought`.`qt_bought` DESC, `bought`.`qt_item`
      LIMIT 20
    ) AS `qt_items`
  FROM (
    SELECT DISTINCT
      CAST(`customer` AS STRING) AS `qt_customer`,
      `qt_seconds` AS `qt_at`
    FROM `labelled`
    WHERE
      `qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248
    UNION ALL
    SELECT DISTINCT
      CAST(`customer` AS STRING) AS `qt_customer`,
      9223372036854775807 AS `qt_at`
    FROM `labelled`
    WHERE
      `qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248
  ) AS `moments`
  INNER JOIN (
    SELECT
      `qt_customer`,
      `qt_item`,
      `qt_bought`,
      LEAD(`qt_bought`) OVER (PARTITION BY `qt_customer`, `qt_item` ORDER BY `qt_bought`) AS `qt_bought_again`
    FROM (
      SELECT DISTINCT
        CAST(`customer` AS STRING) AS `qt_customer`,
        CAST(`product` AS STRING) AS `qt_item`,
        `qt_seconds` AS `qt_bought`
      FROM `labelled`
      WHERE
        `qt_split` = 'train'
        AND `qt_customer_hash` < 2251799813685248
        AND NOT `product` IS NULL
    )
  ) AS `bought`
    ON `moments`.`qt_customer` = `bought`.`qt_customer`
    AND `bought`.`qt_bought` < `moments`.`qt_at`
    AND (
      `bought`.`qt_bought_again` IS NULL
      OR `bought`.`qt_bought_again` >= `moments`.`qt_at`
    )
  GROUP BY
    `moments`.`qt_customer`,
    `moments`.`qt_at`
), `converted` AS (
  SELECT
    CAST(`basket` AS STRING) AS `basket`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `bought_at`,
    `brand` AS `brand`,
    `category` AS `category`,
    `customer` AS `customer`,
    `price` AS `price`,
    `product` AS `product`,
    `quantity` AS `quantity`,
    `profile_recent`.`qt_items` AS `recent`,
    `qt_row_key`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`
  FROM `labelled`
  LEFT JOIN `profile_recent`
    ON CAST(`labelled`.`customer` AS STRING) = `profile_recent`.`qt_customer`
    AND IF(
      COALESCE(`labelled`.`qt_split`, '') = 'train',
      `labelled`.`qt_seconds`,
      9223372036854775807
    ) = `profile_recent`.`qt_at`
)
SELECT
  `basket`,
  `bought_at`,
  `brand`,
  `category`,
  `customer`,
  `price`,
  `product`,
  `quantity`,
  `recent`
FROM `converted`
WHERE
  `qt_split` = 'eval' AND `qt_customer_hash` < 2251799813685248

-- test
WITH `src_products` AS (
  SELECT
    `brand`,
    `group`,
    `launched`,
    `sku`
  FROM `warehouse-eu`.`sales`.`products` FOR SYSTEM_TIME AS OF CAST('2026-02-01 12:30:00.000000+00:00' AS TIMESTAMP)
), `src_purchases` AS (
  SELECT
    `basket`,
    `bought_at`,
    `country`,
    `customer`,
    `price`,
    `product`,
    `quantity`
  FROM `sales`.`purchases` FOR SYSTEM_TIME AS OF CAST('2026-02-01 12:30:00.000000+00:00' AS TIMESTAMP)
), `joined` AS (
  SELECT
    `src_purchases`.`basket` AS `basket`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_products`.`brand` AS `brand`,
    `src_products`.`group`.`name` AS `category`,
    `src_purchases`.`customer` AS `customer`,
    `src_purchases`.`country` AS `land`,
    `src_products`.`launched` AS `launched`,
    COALESCE(
      IF(
        IS_NAN(`src_purchases`.`price`) OR IS_INF(`src_purchases`.`price`),
        NULL,
        `src_purchases`.`price`
      ),
      CAST('0.5' AS FLOAT64)
    ) AS `price`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`quantity` AS `quantity`
  FROM `src_purchases`
  LEFT JOIN `src_products`
    ON `src_purchases`.`product` = `src_products`.`sku`
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
    AND NOT `quantity` IS NULL
    AND NOT `quantity` IS NULL
    AND (
      NOT `land` IN ('XX', 'YY') OR `land` IS NULL
    )
    AND `quantity` BETWEEN CAST('1' AS INT64) AND CAST('1000000' AS INT64)
    AND `price` > CAST('0.0' AS FLOAT64)
    AND DATE(`launched`) >= CAST('2001-01-01' AS DATE)
    AND DATE(`launched`) <= CAST('2025-12-31' AS DATE)
    AND DATE(`bought_at`) >= CAST('2023-05-08' AS DATE)
    AND NOT `category` IS NULL
    AND DATE(`bought_at`) >= CAST('2023-01-01' AS DATE)
    AND DATE(`bought_at`) <= CAST('2025-12-31' AS DATE)
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
      COUNT(DISTINCT COALESCE(CAST(`basket` AS STRING), `qt_row_key`)) AS `qt_transactions`,
      COALESCE(SUM(SAFE_CAST(`price` AS NUMERIC)), CAST('0' AS NUMERIC)) AS `qt_sum`,
      GREATEST(
        COALESCE(SUM(SAFE_CAST(`price` AS NUMERIC)), CAST('0' AS NUMERIC)),
        CAST('0' AS NUMERIC)
      ) AS `qt_revenue`,
      MAX(`qt_day`) AS `qt_last_day`
    FROM `fit`
    GROUP BY
      CAST(`product` AS STRING)
  )
  QUALIFY
    `qt_transactions` >= CAST('2' AS INT64)
    AND CAST(`qt_sum` AS FLOAT64) >= CAST('10.0' AS FLOAT64)
    AND DATE_DIFF(MAX(`qt_last_day`) OVER (), `qt_last_day`, DAY) BETWEEN CAST('0' AS INT64) AND CAST('365' AS INT64)
    AND CAST(SUM(`qt_revenue`) OVER (ORDER BY `qt_revenue` DESC, `qt_id`) - `qt_revenue` AS FLOAT64) < CAST('0.95' AS FLOAT64) * CAST(SUM(`qt_revenue`) OVER () AS FLOAT64)
), `keep_customers` AS (
  SELECT
    `qt_id`
  FROM (
    SELECT
      CAST(`customer` AS STRING) AS `qt_id`,
      COUNT(DISTINCT COALESCE(CAST(`basket` AS STRING), `qt_row_key`)) AS `qt_transactions`
    FROM `fit`
    GROUP BY
      CAST(`customer` AS STRING)
  )
  WHERE
    `qt_transactions` >= CAST('2' AS INT64)
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
), `profile_recent` AS (
  SELECT
    `moments`.`qt_customer`,
    `moments`.`qt_at`,
    ARRAY_AGG(
      `bought`.`qt_item` ORDER BY `bought`.`qt_bought` DESC, `bought`.`qt_item`
      LIMIT 20
    ) AS `qt_items`
  FROM (
    SELECT DISTINCT
      CAST(`customer` AS STRING) AS `qt_customer`,
      `qt_seconds` AS `qt_at`
    FROM `labelled`
    WHERE
      `qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248
    UNION ALL
    SELECT DISTINCT
      CAST(`customer` AS STRING) AS `qt_customer`,
      9223372036854775807 AS `qt_at`
    FROM `labelled`
    WHERE
      `qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248
  ) AS `moments`
  INNER JOIN (
    SELECT
      `qt_customer`,
      `qt_item`,
      `qt_bought`,
      LEAD(`qt_bought`) OVER (PARTITION BY `qt_customer`, `qt_item` ORDER BY `qt_bought`) AS `qt_bought_again`
    FROM (
      SELECT DISTINCT
        CAST(`customer` AS STRING) AS `qt_customer`,
        CAST(`product` AS STRING) AS `qt_item`,
        `qt_seconds` AS `qt_bought`
      FROM `labelled`
      WHERE
        `qt_split` = 'train'
        AND `qt_customer_hash` < 2251799813685248
        AND NOT `product` IS NULL
    )
  ) AS `bought`
    ON `moments`.`qt_customer` = `bought`.`qt_customer`
    AND `bought`.`qt_bought` < `moments`.`qt_at`
    AND (
      `bought`.`qt_bought_again` IS NULL
      OR `bought`.`qt_bought_again` >= `moments`.`qt_at`
    )
  GROUP BY
    `moments`.`qt_customer`,
    `moments`.`qt_at`
), `converted` AS (
  SELECT
    CAST(`basket` AS STRING) AS `basket`,
    UNIX_SECONDS(TIMESTAMP(`bought_at`)) AS `bought_at`,
    `brand` AS `brand`,
    `category` AS `category`,
    `customer` AS `customer`,
    `price` AS `price`,
    `product` AS `product`,
    `quantity` AS `quantity`,
    `profile_recent`.`qt_items` AS `recent`,
    `qt_row_key`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`
  FROM `labelled`
  LEFT JOIN `profile_recent`
    ON CAST(`labelled`.`customer` AS STRING) = `profile_recent`.`qt_customer`
    AND IF(
      COALESCE(`labelled`.`qt_split`, '') = 'train',
      `labelled`.`qt_seconds`,
      9223372036854775807
    ) = `profile_recent`.`qt_at`
)
SELECT
  `basket`,
  `bought_at`,
  `brand`,
  `category`,
  `customer`,
  `price`,
  `product`,
  `quantity`,
  `recent`
FROM `converted`
WHERE
  `qt_split` = 'test'

-- catalogue
WITH `src_products` AS (
  SELECT
    `brand`,
    `group`,
    `launched`,
    `sku`
  FROM `warehouse-eu`.`sales`.`products` FOR SYSTEM_TIME AS OF CAST('2026-02-01 12:30:00.000000+00:00' AS TIMESTAMP)
), `src_purchases` AS (
  SELECT
    `basket`,
    `bought_at`,
    `country`,
    `customer`,
    `price`,
    `product`,
    `quantity`
  FROM `sales`.`purchases` FOR SYSTEM_TIME AS OF CAST('2026-02-01 12:30:00.000000+00:00' AS TIMESTAMP)
), `src_qt_catalogue` AS (
  SELECT
    `active`,
    `sku`
  FROM `warehouse-eu`.`sales`.`products` FOR SYSTEM_TIME AS OF CAST('2026-02-01 12:30:00.000000+00:00' AS TIMESTAMP)
), `joined` AS (
  SELECT
    `src_purchases`.`basket` AS `basket`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_products`.`brand` AS `brand`,
    `src_products`.`group`.`name` AS `category`,
    `src_purchases`.`customer` AS `customer`,
    `src_purchases`.`country` AS `land`,
    `src_products`.`launched` AS `launched`,
    COALESCE(
      IF(
        IS_NAN(`src_purchases`.`price`) OR IS_INF(`src_purchases`.`price`),
        NULL,
        `src_purchases`.`price`
      ),
      CAST('0.5' AS FLOAT64)
    ) AS `price`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`quantity` AS `quantity`
  FROM `src_purchases`
  LEFT JOIN `src_products`
    ON `src_purchases`.`product` = `src_products`.`sku`
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
    AND NOT `quantity` IS NULL
    AND NOT `quantity` IS NULL
    AND (
      NOT `land` IN ('XX', 'YY') OR `land` IS NULL
    )
    AND `quantity` BETWEEN CAST('1' AS INT64) AND CAST('1000000' AS INT64)
    AND `price` > CAST('0.0' AS FLOAT64)
    AND DATE(`launched`) >= CAST('2001-01-01' AS DATE)
    AND DATE(`launched`) <= CAST('2025-12-31' AS DATE)
    AND DATE(`bought_at`) >= CAST('2023-05-08' AS DATE)
    AND NOT `category` IS NULL
    AND DATE(`bought_at`) >= CAST('2023-01-01' AS DATE)
    AND DATE(`bought_at`) <= CAST('2025-12-31' AS DATE)
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
      COUNT(DISTINCT COALESCE(CAST(`basket` AS STRING), `qt_row_key`)) AS `qt_transactions`,
      COALESCE(SUM(SAFE_CAST(`price` AS NUMERIC)), CAST('0' AS NUMERIC)) AS `qt_sum`,
      GREATEST(
        COALESCE(SUM(SAFE_CAST(`price` AS NUMERIC)), CAST('0' AS NUMERIC)),
        CAST('0' AS NUMERIC)
      ) AS `qt_revenue`,
      MAX(`qt_day`) AS `qt_last_day`
    FROM `fit`
    GROUP BY
      CAST(`product` AS STRING)
  )
  QUALIFY
    `qt_transactions` >= CAST('2' AS INT64)
    AND CAST(`qt_sum` AS FLOAT64) >= CAST('10.0' AS FLOAT64)
    AND DATE_DIFF(MAX(`qt_last_day`) OVER (), `qt_last_day`, DAY) BETWEEN CAST('0' AS INT64) AND CAST('365' AS INT64)
    AND CAST(SUM(`qt_revenue`) OVER (ORDER BY `qt_revenue` DESC, `qt_id`) - `qt_revenue` AS FLOAT64) < CAST('0.95' AS FLOAT64) * CAST(SUM(`qt_revenue`) OVER () AS FLOAT64)
), `keep_customers` AS (
  SELECT
    `qt_id`
  FROM (
    SELECT
      CAST(`customer` AS STRING) AS `qt_id`,
      COUNT(DISTINCT COALESCE(CAST(`basket` AS STRING), `qt_row_key`)) AS `qt_transactions`
    FROM `fit`
    GROUP BY
      CAST(`customer` AS STRING)
  )
  WHERE
    `qt_transactions` >= CAST('2' AS INT64)
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
    `brand` AS `brand`,
    `category` AS `category`,
    `customer` AS `customer`,
    `price` AS `price`,
    `product` AS `product`,
    `quantity` AS `quantity`,
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
    ROW_NUMBER() OVER (PARTITION BY `product` ORDER BY `qt_seconds` DESC, `qt_row_key`, `brand`) = 1
), `active` AS (
  SELECT DISTINCT
    CAST(`src_qt_catalogue`.`sku` AS STRING) AS `qt_product`
  FROM `src_qt_catalogue`
  WHERE
    NOT `src_qt_catalogue`.`sku` IS NULL AND `src_qt_catalogue`.`active`
)
SELECT
  CAST(NULL AS STRING) AS `basket`,
  CAST(NULL AS INT64) AS `bought_at`,
  `brand`,
  CAST(NULL AS STRING) AS `category`,
  CAST(NULL AS STRING) AS `customer`,
  CAST(NULL AS FLOAT64) AS `price`,
  `active`.`qt_product` AS `product`,
  CAST(NULL AS INT64) AS `quantity`,
  CAST(NULL AS ARRAY<STRING>) AS `recent`
FROM `active`
LEFT JOIN `latest`
  ON `active`.`qt_product` = `latest`.`product`

-- histories
WITH `src_products` AS (
  SELECT
    `group`,
    `launched`,
    `sku`
  FROM `warehouse-eu`.`sales`.`products`
), `src_purchases` AS (
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
    `src_products`.`group`.`name` AS `category`,
    `src_purchases`.`customer` AS `customer`,
    `src_purchases`.`country` AS `land`,
    `src_products`.`launched` AS `launched`,
    COALESCE(
      IF(
        IS_NAN(`src_purchases`.`price`) OR IS_INF(`src_purchases`.`price`),
        NULL,
        `src_purchases`.`price`
      ),
      CAST('0.5' AS FLOAT64)
    ) AS `price`,
    `src_purchases`.`product` AS `product`,
    `src_purchases`.`quantity` AS `quantity`
  FROM `src_purchases`
  LEFT JOIN `src_products`
    ON `src_purchases`.`product` = `src_products`.`sku`
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
    AND NOT `quantity` IS NULL
    AND NOT `quantity` IS NULL
    AND (
      NOT `land` IN ('XX', 'YY') OR `land` IS NULL
    )
    AND `quantity` BETWEEN CAST('1' AS INT64) AND CAST('1000000' AS INT64)
    AND `price` > CAST('0.0' AS FLOAT64)
    AND DATE(`launched`) >= CAST('2001-01-01' AS DATE)
    AND DATE(`launched`) <= CAST('2025-12-31' AS DATE)
    AND DATE(`bought_at`) >= CAST('2023-05-08' AS DATE)
    AND NOT `category` IS NULL
    AND DATE(`bought_at`) >= CAST('2023-01-01' AS DATE)
    AND DATE(`bought_at`) <= CAST('2025-12-31' AS DATE)
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
      COUNT(DISTINCT COALESCE(CAST(`basket` AS STRING), `qt_row_key`)) AS `qt_transactions`,
      COALESCE(SUM(SAFE_CAST(`price` AS NUMERIC)), CAST('0' AS NUMERIC)) AS `qt_sum`,
      GREATEST(
        COALESCE(SUM(SAFE_CAST(`price` AS NUMERIC)), CAST('0' AS NUMERIC)),
        CAST('0' AS NUMERIC)
      ) AS `qt_revenue`,
      MAX(`qt_day`) AS `qt_last_day`
    FROM `fit`
    GROUP BY
      CAST(`product` AS STRING)
  )
  QUALIFY
    `qt_transactions` >= CAST('2' AS INT64)
    AND CAST(`qt_sum` AS FLOAT64) >= CAST('10.0' AS FLOAT64)
    AND DATE_DIFF(MAX(`qt_last_day`) OVER (), `qt_last_day`, DAY) BETWEEN CAST('0' AS INT64) AND CAST('365' AS INT64)
    AND CAST(SUM(`qt_revenue`) OVER (ORDER BY `qt_revenue` DESC, `qt_id`) - `qt_revenue` AS FLOAT64) < CAST('0.95' AS FLOAT64) * CAST(SUM(`qt_revenue`) OVER () AS FLOAT64)
), `keep_customers` AS (
  SELECT
    `qt_id`
  FROM (
    SELECT
      CAST(`customer` AS STRING) AS `qt_id`,
      COUNT(DISTINCT COALESCE(CAST(`basket` AS STRING), `qt_row_key`)) AS `qt_transactions`
    FROM `fit`
    GROUP BY
      CAST(`customer` AS STRING)
  )
  WHERE
    `qt_transactions` >= CAST('2' AS INT64)
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
), `firsts` AS (
  SELECT
    *,
    IF(COALESCE(`qt_split`, '') = 'train', `qt_seconds`, 9223372036854775807) AS `qt_at`,
    IF(
      `qt_split` = 'train'
      AND `qt_customer_hash` < 2251799813685248
      AND NOT `product` IS NULL
      AND ROW_NUMBER() OVER (
        PARTITION BY CAST(`customer` AS STRING), CAST(`product` AS STRING), IF(
          `qt_split` = 'train'
          AND `qt_customer_hash` < 2251799813685248
          AND NOT `product` IS NULL,
          1,
          0
        )
        ORDER BY `qt_seconds`
      ) = 1,
      1,
      0
    ) AS `qt_first_0`
  FROM `labelled`
), `measured` AS (
  SELECT
    `qt_split`,
    `qt_customer_hash`,
    LEAST(
      SUM(`qt_first_0`) OVER (PARTITION BY CAST(`customer` AS STRING) ORDER BY `qt_at`) - SUM(`qt_first_0`) OVER (PARTITION BY CAST(`customer` AS STRING), `qt_at`),
      20
    ) AS `qt_length_0`
  FROM `firsts`
)
SELECT
  COUNT(IF(`qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248, 1, NULL)) AS `train_0_rows`,
  COUNT(
    IF(
      `qt_split` = 'train'
      AND `qt_customer_hash` < 2251799813685248
      AND `qt_length_0` = 0,
      1,
      NULL
    )
  ) AS `train_0_empty`,
  COALESCE(
    SUM(
      IF(`qt_split` = 'train' AND `qt_customer_hash` < 2251799813685248, `qt_length_0`, NULL)
    ),
    0
  ) AS `train_0_items`,
  COUNT(IF(`qt_split` = 'eval' AND `qt_customer_hash` < 2251799813685248, 1, NULL)) AS `eval_0_rows`,
  COUNT(
    IF(
      `qt_split` = 'eval'
      AND `qt_customer_hash` < 2251799813685248
      AND `qt_length_0` = 0,
      1,
      NULL
    )
  ) AS `eval_0_empty`,
  COALESCE(
    SUM(
      IF(`qt_split` = 'eval' AND `qt_customer_hash` < 2251799813685248, `qt_length_0`, NULL)
    ),
    0
  ) AS `eval_0_items`,
  COUNT(IF(`qt_split` = 'test', 1, NULL)) AS `test_0_rows`,
  COUNT(IF(`qt_split` = 'test' AND `qt_length_0` = 0, 1, NULL)) AS `test_0_empty`,
  COALESCE(SUM(IF(`qt_split` = 'test', `qt_length_0`, NULL)), 0) AS `test_0_items`
FROM `measured`
