# Composite indexes, single fields and times to live, from the file that the emulator and the tests read, too.

locals {
  file = jsondecode(file(var.indexes_file))

  # Named by what they index, so that a new one in the middle of the file moves no other.
  indexes = {
    for index in local.file.indexes :
    join("/", [index.collectionGroup, index.queryScope, join(",", [for field in index.fields : "${field.fieldPath}:${try(field.order, field.arrayConfig)}"])]) => index
  }
  fields = { for field in local.file.fieldOverrides : "${field.collectionGroup}/${field.fieldPath}" => field }
}

resource "google_firestore_index" "indexes" {
  for_each = local.indexes

  project     = var.project_id
  database    = local.database
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path   = fields.value.fieldPath
      order        = try(fields.value.order, null)
      array_config = try(fields.value.arrayConfig, null)
    }
  }
}

resource "google_firestore_field" "fields" {
  for_each = local.fields

  project    = var.project_id
  database   = local.database
  collection = each.value.collectionGroup
  field      = each.value.fieldPath

  # Empty: the field is in no index.
  index_config {
    dynamic "indexes" {
      for_each = each.value.indexes
      content {
        query_scope  = indexes.value.queryScope
        order        = try(indexes.value.order, null)
        array_config = try(indexes.value.arrayConfig, null)
      }
    }
  }

  dynamic "ttl_config" {
    for_each = try(each.value.ttl, false) ? [true] : []
    content {}
  }
}
