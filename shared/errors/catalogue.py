r"""The cases of domain S8.7 in their order: the first whose pattern is found decides.

Patterns are case-sensitive and anchored at words or literals; a bare number or a bare word is never one, so that an
innocent line ("row 5003 of banana finance") stays `E_UNKNOWN`. Repetitions are bounded: lines are somebody else's text.

Recorded messages showed that these of S8.7 were too narrow, and they are wider here: IAM writes `iam.serviceaccounts.
actAs` as often as `serviceAccounts`; a batch is parsed with `Key: price, Index: 0.  Data types don't match`; shapes
hold spaces (`Shapes (2, 3) and (4,) are incompatible`); Vertex AI says `Replicas low on memory`, `ran out-of-memory`
and `exited with a non-zero status of 137`; NumPy raises `_ArrayMemoryError`; Docker says `pull access denied`; BigQuery
says `Invalid timestamp: '…'` and `Could not parse '…' as`; Keras says `Invalid loss, terminating training`; Vertex AI
and Cloud Build say `permission to act as service_account`. E_API_DISABLED is not of S8.7: a new project's first answer.
"""

from __future__ import annotations

from dataclasses import dataclass

AGAIN = "It is tried again by itself; when all attempts end like this, start the experiment again later."


@dataclass(frozen=True)
class Case:
    code: str
    title: str
    explanation: str
    suggestion: str
    pattern: str
    severity: str = "error"
    retry: str = "no"


CASES = (
    Case("E_ZONE", "No machines free", "The zone or region has no free machines of this type right now.",
         "The next region of the list is tried by itself; when all are full, wait or choose a smaller tier.",
         r"\bZONE_RESOURCE_POOL_EXHAUSTED(_WITH_DETAILS)?\b|does not have enough resources available to fulfill"
         r"|\bGCE_STOCKOUT\b|Resources are insufficient in region", "warning", "region"),
    Case("E_GPU_QUOTA", "GPU quota is zero or used",
         "The project's quota for this GPU in this region does not allow the job.",
         "Ask for quota of the metric that the message names, or choose a tier without a GPU.",
         r"\bcustom_model_training_nvidia_\w+|\b(NVIDIA|GPUS?)[A-Z0-9_ ]{0,40}\b[^\n]{0,80}\b[Qq]uota\b"
         r"|\b[Qq]uota\b[^\n]{0,80}\bNVIDIA_\w+"),
    Case("E_BQ_BYTES", "Query over the byte cap", "The query would read more than `max_bytes_billed`.",
         "Narrow the date window or columns, or raise the cap.", r"Query exceeded limit for bytes billed"),
    Case("E_BQ_RESOURCES", "Query too heavy", "The warehouse could not finish the query within its memory.",
         "Check the join's multiplication factor in the dataset's report; filter before joining.",
         r"Resources exceeded during query execution"),
    Case("E_QUOTA", "Quota reached", "A request or capacity quota of the project is used up.",
         "It is tried again after a pause; raise the quota that the message names when this repeats.",
         r"\bquota[_ ]?[Ee]xceeded\b|\b[Qq]uota exceeded for\b|\bexceed(s|ed)? (the )?quota\b|\bquota metrics exceed\b"
         r"|\brateLimitExceeded\b|RESOURCE_EXHAUSTED: [^\n]{0,200}\b[Qq]uota\b|\bExceeded limit 'QUOTA_FOR_\w+'",
         "warning", "wait"),
    Case("E_OOM_GPU", "GPU memory full", "The batch and the embeddings do not fit the GPU.",
         "Halve the batch size, or cut `max_size` of the largest vocabulary.",
         r"\bCUDA_ERROR_OUT_OF_MEMORY\b|\bOOM when allocating tensor\b[^\n]*\bGPU\b"),
    Case("E_OOM", "Memory full", "A stage was stopped because it needed more memory than its machine has.",
         "Take the next tier, halve the batch size, or sample fewer customers.",
         r"\bOOM when allocating\b|(?m:^|\s)MemoryError\b|\b_ArrayMemoryError\b|\bstd::bad_alloc\b|\bOOMKilled\b"
         r"|\bran out[ -]of[ -]memory\b|\b[Oo]ut of memory\b|\bOut of Memory Error\b|\bReplicas? low on memory\b"
         r"|\bexit(ed with)?( a non-zero)?( status| code)?( of)?:? ?137\b|Killed process \d+"
         r"|\bCannot allocate memory\b"),
    Case("E_WORKER_LOST", "Beam worker lost",
         "Workers that read or transform the data died, mostly for lack of memory.",
         "Take the next tier, or set `data_processing` to `dataflow`.",
         r"\bworker lost contact with the service\b|\bSDK harness .{0,40} disconnected\b"),
    Case("E_API_DISABLED", "Service not switched on", "An API of Google Cloud that is needed is off in the project.",
         "Ask an administrator to apply Terraform again, or to enable the API that the message names; it takes some "
         "minutes until that is known everywhere.",
         r"\bSERVICE_DISABLED\b|\baccessNotConfigured\b"
         r"|\bAPI has not been used in project [^\n]{1,80} before or it is disabled\b"),
    Case("E_IMAGE_DENIED", "Image may not be read",
         "The service account has no reader right on the repository of container images.",
         "Ask an administrator to grant `roles/artifactregistry.reader` on the repository to the named account.",
         r"artifactregistry\.repositories\.downloadArtifacts|\b(denied|forbidden)\b[^\n]{0,120}\bpull(ing)?\b"
         r"|\bpull access denied\b"),
    Case("E_IMAGE_PULL", "Image not found", "The container image of this release is not in the registry.",
         "It is tried again by itself. When it repeats, run the release step that pushes images, and check the region "
         "of the registry.",
         r"\b(ImagePullBackOff|ErrImagePull)\b|\b[Ff]ailed to pull image\b"
         r"|\bmanifest (for [^\n]{1,200} )?(unknown|not found)\b|\bMANIFEST_UNKNOWN\b", retry="same"),
    Case("E_ACT_AS", "Service account not usable", "The caller may not run jobs as the pipeline's account.",
         "Ask an administrator to grant `roles/iam.serviceAccountUser` on that account to the caller.",
         r"\biam\.service[Aa]ccounts\.actAs\b|\bpermission to act as service[_ ]account\b"),
    Case("E_BQ_LOCATION", "Wrong location", "The query ran in another location than the tables.",
         "Set the dataset's `location`; all its tables must share it.",
         r"Not found: (Table|Dataset) [^\n]{1,300} was not found in location"
         r"|Cannot read and write in different locations"),
    Case("E_BQ_DENIED", "No right to read the data",
         "The pipeline's account may not read a table or start queries in the project.",
         "Ask an administrator to grant `roles/bigquery.dataViewer` on the dataset and `roles/bigquery.jobUser` on the "
         "project.",
         r"\bAccess Denied: (Table|Dataset|Project|BigQuery)\b|\bbigquery\.\w+\.\w+\b[^\n]{0,60}\bpermission\b"
         r"|\bpermission\b[^\n]{0,60}\bbigquery\.\w+\.\w+"),
    Case("E_PERMISSION", "Permission missing", "An account lacks a right on a resource; the message names both.",
         "Ask an administrator to grant it.",
         r"\bPERMISSION_DENIED\b|\b403 Forbidden\b|\b(status|code|Error)[ :=]{1,2}403\b"
         r"|\bdoes not have [\w.]+ access\b"),
    Case("E_UNAUTHENTICATED", "Not signed in", "The sign-in of a service was missing or had expired.",
         "It is tried once more by itself; then check that the account is enabled.",
         r"\bUNAUTHENTICATED\b|\binvalid_grant\b|\b401 Unauthorized\b", retry="same"),
    Case("E_BQ_NOT_FOUND", "Table is gone", "A table of the dataset no longer exists.",
         "Choose the new table in the dataset, or restore it.", r"\bNot found: (Table|Dataset|View)\b"),
    Case("E_BQ_COLUMN", "Column is gone", "A selected column no longer exists in its table.",
         "Refresh the dataset; its report lists the missing columns.",
         r"\bUnrecognized name: |\bName \S+ not found inside\b"),
    Case("E_BQ_QUERY", "Query failed", "The warehouse rejected or aborted the query.",
         "A column that changed its type, or values that cannot be cast, are the usual cause: refresh the dataset's "
         "report. The SQL is stored with the run, and the message says where it failed.",
         r"\binvalidQuery\b|\bSyntax error: |\bNo matching signature for\b|\bDivision by zero\b|\bdivision by zero: "
         r"|\bBad (int64|double|bool|timestamp|date) value\b|\bInvalid (timestamp|date|datetime|time)( string)?: '"
         r"|\bCould not parse '[^\n]{0,200}' as\b"),
    Case("E_TYPE_UNSUPPORTED", "Column type not usable", "A column has a type that the training data cannot hold.",
         "Deselect it, or select a field of it.",
         r"\bBigQuery column(?:'s)? type \S+ is not supported\b|\b[Uu]nsupported (BigQuery )?(column )?type\b"
         r"|\bBigQuery column .{1,80} has non-supported type\b"),
    Case("E_EMPTY_SPLIT", "A split is empty", "No rows were left for train, eval or test.",
         "Shorten `test_days` or `val_days`, widen the window, or loosen filters; the funnel shows where rows went.",
         r"\bSplit[- ]?(train|eval|test)\b[^\n]{0,60}\b(is empty|has no examples|0 examples)\b"
         r"|\bNo examples (were )?(found|read)\b"),
    Case("E_SCHEMA", "Data and features differ", "A feature is missing in the data, or has another type than expected.",
         "Refresh the dataset's report and save the feature config again; a column changed type, or is null for a "
         "whole split.",
         r"\bFeature: \S+ \(data type: \w+\) is required but could not be found\b"
         r"|\bKey: [^\n]{1,150}?\s(Data types don't match|Can't parse serialized Example"
         r"|Number of \w+ values != expected)"
         r"|\bKeyError: '[qc]_"),
    Case("E_VOCABULARY", "Vocabulary empty or too large",
         "A category has no usable values, or more than memory allows.",
         "Lower `min_frequency`, set `max_size`, or use hashing.",
         r"\b[Vv]ocabulary\b[^\n]{0,80}\b(is empty|empty file|not found|too large)\b"),
    Case("E_EMBEDDING_RANGE", "Index outside its table",
         "The index of an id does not fit its embedding table: a fault of the product.",
         "Report it with the run's number; meanwhile remove the feature that is named.",
         r"\bindices(\[[\d, ]+\])? = -?\d+ is not in \[0, \d+\)"),
    Case("E_SHAPE", "Shapes do not fit",
         "Two tensors do not fit: a fault of the product unless layers were edited by hand.",
         "Compare the widths of the two towers in the model config's report; report it with the run's number.",
         r"\bIncompatible shapes\b|\bMatrix size-incompatible\b|\bDimensions must be equal\b"
         r"|\bin both shapes must be equal\b|\bis incompatible with the layer: expected\b"
         r"|\bShapes? (\S+|[(\[][^\n()\[\]]{0,80}[)\]]) and (\S+|[(\[][^\n()\[\]]{0,80}[)\]]) are incompatible\b"),
    Case("E_DIVERGED", "Training diverged", "Loss or weights stopped being numbers.",
         "Divide the learning rate by 10, keep `clipnorm` 1.0, and scale raw numbers.",
         r"\b[Ll]oss (is|became|was) (nan|inf|NaN|Inf)\b|\bTensor had (NaN|Inf|Inf and NaN) values\b"
         r"|\b(nan|NaN|inf|Inf) (loss|gradients?)\b|\bloss: (nan|inf)\b|\bInvalid loss, terminating training\b"),
    Case("E_SCANN", "ScaNN failed", "The approximate index could not be built or loaded.",
         "Set `retrieval_algorithm` to `brute_force`, or use fewer leaves than there are products.",
         r"\bScann>\w+|\bscann_ops\b|\bRequires the .?scann.? package\b"),
    Case("E_EXPORT", "Model not exported",
         "The trained model could not be saved with its index: a fault of the product.",
         "Report it with the run's number; the metrics so far are kept.",
         r"\breferences? (an )?'?untracked'? resource\b|\bTried to export a function which references\b"),
    Case("E_MODULE", "Code did not load", "A generated module or an image lacks something: a fault of the release.",
         "Report it with the run's number and the images that the run shows.",
         r"\bModuleNotFoundError: No module named\b|\bImportError: cannot import name\b|(?m:^|\s)SyntaxError: "),
    Case("E_TRANSFORM", "Transform failed", "A feature could not be computed from the data.",
         "Look at the feature that is named, and at the values of its column.",
         r"\btensorflow_transform/\S+|\bpreprocessing_fn\b[^\n]{0,200}(Error|failed)"),
    Case("E_DEADLINE", "Took too long", "A call or a build ran past its limit.", AGAIN,
         r"\bDEADLINE_EXCEEDED\b|\bcontext deadline exceeded\b|\bTIMEOUT: build step\b", retry="same"),
    Case("E_PREEMPTED", "Machine taken back", "The provider took the machine back.", AGAIN,
         r"\b(VM|[Ww]orker|[Ii]nstance|[Mm]achine|[Nn]ode|[Tt]ask|[Rr]eplica)\b[^\n]{0,60}\b(preempted|evicted)\b"
         r"|\bPREEMPTED\b", "warning", "same"),
    Case("E_DATAFLOW", "Data processing failed",
         "The Dataflow job ended with an error that nothing more specific explains.",
         f"{AGAIN} The job's own page shows its first error.",
         r"\bWorkflow failed\. Causes: |\bDataflow (job|pipeline) failed\b|\bJOB_STATE_FAILED\b", retry="same"),
    Case("E_NETWORK", "Network failure", "A connection between two services broke.", AGAIN,
         r"\bConnection (reset by peer|refused|timed out|aborted)\b|\bTemporary failure in name resolution\b"
         r"|\bName or service not known\b|\bTLS handshake timeout\b", "warning", "same"),
    Case("E_PROVIDER", "Provider failure", "The cloud service failed internally.",
         f"{AGAIN} See the provider's status page when it repeats.",
         r"\b(UNAVAILABLE|INTERNAL): |\b(500 Internal Server Error|502 Bad Gateway|503 Service Unavailable"
         r"|504 Gateway Timeout)\b|\bbackendError\b|\bINTERNAL_ERROR\b|An internal error occurred", "warning", "same"),
)  # fmt: skip
