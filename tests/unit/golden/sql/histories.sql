-- train
WITH `src_purchases` AS (
  SELECT
    `basket`,
    `bought_at`,
    `country`,
    `customer`,
    `product`,
    `quantity`
  FROM `sales`.`purchases`
), `joined` AS (
  SELECT
    `src_purchases`.`basket` AS `basket`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_purchases`.`country` AS `country`,
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
      ELSE 'train'
    END AS `qt_split`,
    CAST(CONCAT(
      '0x',
      SUBSTRING(TO_HEX(MD5(CONCAT('sample|17', '|', CAST(`customer` AS STRING)))), 1, 13)
    ) AS INT64) AS `qt_customer_hash`
  FROM `base`
), `profile_lands` AS (
  SELECT
    `qt_customer`,
    ARRAY_AGG(`qt_item` ORDER BY `qt_bought` DESC, `qt_item`
    LIMIT 51) AS `qt_items`
  FROM (
    SELECT
      CAST(`customer` AS STRING) AS `qt_customer`,
      CAST(`country` AS STRING) AS `qt_item`,
      MAX(`qt_seconds`) AS `qt_bought`
    FROM `labelled`
    WHERE
      `qt_split` = 'train'
      AND `qt_customer_hash` < 450359962737049
      AND NOT `country` IS NULL
    GROUP BY
      CAST(`customer` AS STRING),
      CAST(`country` AS STRING)
  )
  GROUP BY
    `qt_customer`
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
      `qt_split` = 'train' AND `qt_customer_hash` < 450359962737049
    UNION ALL
    SELECT DISTINCT
      CAST(`customer` AS STRING) AS `qt_customer`,
      9223372036854775807 AS `qt_at`
    FROM `labelled`
    WHERE
      `qt_split` = 'train' AND `qt_customer_hash` < 450359962737049
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
        AND `qt_customer_hash` < 450359962737049
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
    `customer` AS `customer`,
    ARRAY(
      SELECT
        `qt_element`
      FROM UNNEST(`profile_lands`.`qt_items`) AS `qt_element` WITH OFFSET AS `qt_position`
      WHERE
        (
          NOT COALESCE(`labelled`.`qt_split`, '') = 'train'
          OR CAST(`labelled`.`country` AS STRING) IS NULL
          OR `qt_element` <> CAST(`labelled`.`country` AS STRING)
        )
      ORDER BY
        `qt_position`
      LIMIT 50
    ) AS `lands`,
    `product` AS `product`,
    `profile_recent`.`qt_items` AS `recent`,
    `qt_row_key`,
    `qt_split`,
    `qt_customer_hash`,
    `qt_seconds`
  FROM `labelled`
  LEFT JOIN `profile_lands`
    ON CAST(`labelled`.`customer` AS STRING) = `profile_lands`.`qt_customer`
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
  `customer`,
  `lands`,
  `product`,
  `recent`
FROM `converted`
WHERE
  `qt_split` = 'train' AND `qt_customer_hash` < 450359962737049

-- catalogue
WITH `src_purchases` AS (
  SELECT
    `basket`,
    `bought_at`,
    `country`,
    `customer`,
    `product`,
    `quantity`
  FROM `sales`.`purchases`
), `joined` AS (
  SELECT
    `src_purchases`.`basket` AS `basket`,
    DATETIME(`src_purchases`.`bought_at`, 'Europe/Berlin') AS `bought_at`,
    `src_purchases`.`country` AS `country`,
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
  CAST(NULL AS STRING) AS `basket`,
  CAST(NULL AS INT64) AS `bought_at`,
  CAST(NULL AS STRING) AS `customer`,
  CAST(NULL AS ARRAY<STRING>) AS `lands`,
  `product`,
  CAST(NULL AS ARRAY<STRING>) AS `recent`
FROM `latest`
