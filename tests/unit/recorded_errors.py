"""Messages of real failures by the case they are (domain S8.2), and lines of real logs that are none.

"Here" is what was provoked on this machine with TFX 1.16, TensorFlow 2.16, NumPy, DuckDB or this product; a note beside
others is the public issue or page that they are from, with names of projects shortened. What has no note is the
service's usual wording, which was not seen on a project of our own.
"""

from __future__ import annotations

RECORDED: dict[str, tuple[str, ...]] = {
    "E_ZONE": (
        # apache/beam#26552
        "Startup of the worker pool in zone us-central1-b failed to bring up any of the desired 5 workers. "
        "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS: Instance 'load0-harness-mgjn' creation failed: The zone "
        "'projects/p/zones/us-central1-a' does not have enough resources available to fulfill the request.  "
        "'(resource type:compute)'.",
        # GoogleCloudPlatform/DataflowTemplates#2263
        "Failed to start the VM, launcher-1, used for launching because of status code: RESOURCE_EXHAUSTED, reason: "
        "One or more operations had an error: 'operation-1': [ZONE_RESOURCE_POOL_EXHAUSTED] 'The zone "
        "'projects/p/zones/us-central1-f' does not have enough resources available to fulfill the request.'",
        # openreview/openreview-expertise#401
        "Resources are insufficient in region: us-central1. Please try a different region or use different "
        "accelerator types.",
    ),
    "E_GPU_QUOTA": (
        # openillumi.com, "Vertex AI 429 GPU quota"
        "RESOURCE_EXHAUSTED: The following quota metrics exceed quota limits: "
        "aiplatform.googleapis.com/custom_model_training_nvidia_p4_gpus",
        # Compute Engine's own form of a quota of GPUs
        "Quota 'NVIDIA_T4_GPUS' exceeded.  Limit: 0.0 in region europe-west4.",
    ),
    "E_BQ_BYTES": (
        # Here, in BigQuery's words (tests/unit/test_failures.py)
        "Query exceeded limit for bytes billed: 10737418240. 21474836480 or higher required.",
    ),
    "E_BQ_RESOURCES": (
        # BigQuery, "Error messages": exceeded memory
        "Resources exceeded during query execution: The query could not be executed in the allotted memory. "
        "Peak usage: "
        "104% of limit.",
    ),
    "E_QUOTA": (
        # Google Sheets API and others, as every Google API says it
        "RESOURCE_EXHAUSTED: Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute'",
        # openillumi.com: the same answer for a metric without a GPU
        "The following quota metrics exceed quota limits: aiplatform.googleapis.com/custom_model_training_cpus",
        # googlecodelabs/feedback#967
        "Workflow failed. Causes: Error: Message: Exceeded limit 'QUOTA_FOR_INSTANCES' on resource 'dataflow-x'. "
        "Limit: 8.0 HTTP Code: 403",
    ),
    "E_OOM_GPU": (
        # Published TensorFlow logs
        "failed to allocate 13.76G (14773796864 bytes) from device: CUDA_ERROR_OUT_OF_MEMORY: out of memory",
        "ResourceExhaustedError: OOM when allocating tensor with shape[200,75,75,64] and type float on "
        "/job:localhost/replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc",
    ),
    "E_OOM": (
        # Vertex AI, "Troubleshoot custom training"
        "The replica workerpool0-0 ran out of memory and exited with a non-zero status of 137.",
        # tensorflow/models#5591
        "The replica master 0 ran out-of-memory and exited with a non-zero status of 9(SIGKILL)",
        # google/agents-cli#43
        "Replicas low on memory: workerpool0. Specify a machine with larger memory and try again.",
        # Here: a component that was killed
        "The component Trainer exited with 137 (SIGKILL)",
        # Here: NumPy, TensorFlow, Python, DuckDB
        "numpy.core._exceptions._ArrayMemoryError: Unable to allocate 256. TiB for an array with shape "
        "(35184372088832,) and data type float64",
        "tensorflow.python.framework.errors_impl.ResourceExhaustedError: {{function_node __wrapped__Fill_device_/"
        "job:localhost/replica:0/task:0/device:CPU:0}} OOM when allocating tensor with shape[4194304,1048576] and type "
        "float on /job:localhost/replica:0/task:0/device:CPU:0 by allocator mklcpu [Op:Fill] name: ",
        "MemoryError",
        "duckdb.duckdb.OutOfMemoryException: Out of Memory Error: failed to allocate data of size 32.0 KiB",
        # The kernel's log of an OOM kill
        "Memory cgroup out of memory: Killed process 4242 (python) total-vm:25169012kB",
        "OSError: [Errno 12] Cannot allocate memory",
    ),
    "E_WORKER_LOST": (
        # Dataflow, "Troubleshoot"
        "Root cause: The worker lost contact with the service.",
        # A public report of a run on Dataflow
        "Error message from worker: generic::aborted: SDK harness sdk-0-0 disconnected.",
    ),
    "E_IMAGE_DENIED": (
        # iterative/cml#1136
        'failed to pull image "us-west3-docker.pkg.dev/p/containers/cml:latest" with specified policies '
        "[always]: Error "
        'response from daemon: Head "https://us-west3-docker.pkg.dev/v2/p/containers/cml/manifests/latest": denied: '
        'Permission "artifactregistry.repositories.downloadArtifacts" denied on resource '
        '"projects/p/locations/us-west3/repositories/containers" (or it may not exist)',
        # portainer/portainer#1702
        "pull access denied for us.gcr.io/p/image repository does not exist or may require 'docker login'",
    ),
    "E_IMAGE_PULL": (
        # Kubernetes' event, as in sassoftware/viya4-iac-gcp#109
        'Failed to pull image "europe-docker.pkg.dev/p/r/trainer@sha256:1": rpc error: code = NotFound',
        # Docker
        "Error response from daemon: manifest for europe-docker.pkg.dev/p/r/trainer:1 not found: manifest unknown",
    ),
    "E_API_DISABLED": (
        # What gRPC's and HTTP's APIs say in many public guides
        "PERMISSION_DENIED: Cloud Build API has not been used in project 123456 before or it is disabled. Enable it by "
        "visiting the console then retry. If you enabled this API recently, wait a few minutes for the action to "
        "propagate to our systems and retry.",
        "PERMISSION_DENIED: 403 POST: BigQuery API has not been used in project p before or it is disabled.",
    ),
    "E_ACT_AS": (
        # Vertex AI's own words
        "PERMISSION_DENIED: You do not have permission to act as service_account: "
        "pipelines@p.iam.gserviceaccount.com. (or it may not exist).",
        # Cloud Run's and BigQuery's answer in many public guides; the API spells the resource in lower case
        "PERMISSION_DENIED: Permission 'iam.serviceaccounts.actAs' denied on service account "
        "1-compute@developer.gserviceaccount.com (or it may not exist).",
        "You do not have permission to act as service account: pipeline@p.iam.gserviceaccount.com. "
        "Permission iam.serviceAccounts.actAs is required.",
    ),
    "E_BQ_LOCATION": (
        # dbt's report in a public course
        "404 Not found: Table p:trips_data_all.green_tripdata was not found in location europe-west6",
        "Not found: Dataset p:shop was not found in location US",
    ),
    "E_BQ_DENIED": (
        # basedosdados, in a public notebook
        "Access Denied: Table basedosdados:br_bcb.taxa: User does not have permission to query table "
        "basedosdados:br_bcb.taxa, or perhaps it does not exist.",
        "Access Denied: Project p: User does not have bigquery.jobs.create permission in project p.",
    ),
    "E_PERMISSION": (
        # Google's clients, as functions/adapters/failures.py writes them
        "PERMISSION_DENIED: Permission 'aiplatform.pipelineJobs.create' denied on resource "
        "'//aiplatform.googleapis.com/projects/p/locations/europe-west4' (or it may not exist).",
        "403 GET https://storage.googleapis.com/storage/v1/b/x: pipeline@p.iam.gserviceaccount.com does not have "
        "storage.objects.get access to the Google Cloud Storage object.",
    ),
    "E_UNAUTHENTICATED": (
        # google-auth in public reports
        "google.auth.exceptions.RefreshError: ('invalid_grant: Bad Request', {'error': 'invalid_grant'})",
        "UNAUTHENTICATED: Request had invalid authentication credentials. Expected OAuth 2 access token",
    ),
    "E_BQ_NOT_FOUND": ("404 Not found: Table p:shop.sales",),
    "E_BQ_COLUMN": (
        "400 Unrecognized name: price at [3:5]",
        "Name price not found inside purchases at [12:9]",
    ),
    "E_BQ_QUERY": (
        # DataTalksClub's course, from dbt
        "Runtime Error Database Error in sql_operation inline_query Bad int64 value: 2.0",
        # ZetaSQL
        "400 Syntax error: Unexpected end of script at [1:7]",
        "No matching signature for operator = for argument types: STRING, INT64.",
        "division by zero: 1 / 0",
        "Invalid timestamp: '2011-13-01 08:26:00'",
        # A load in public notes
        "Error while reading data, error message: Could not parse 'USD 13,99' as DOUBLE for field product_price",
    ),
    "E_TYPE_UNSUPPORTED": (
        # TFX's BigQueryExampleGen (extensions/google_cloud_big_query/utils.py), and here
        'RuntimeError: BigQuery column "tags" has non-supported type GEOGRAPHY.',
    ),
    "E_EMPTY_SPLIT": ("Split-test has no examples.", "No examples found in split eval"),
    "E_SCHEMA": (
        # Here: one example, and a batch of them
        "tensorflow.python.framework.errors_impl.InvalidArgumentError: Key: price.  Data types don't match. Data type: "
        "string but expected type: float [Op:ParseExampleV2]",
        "Name: <unknown>, Key: price, Index: 0.  Data types don't match. Data type: string but expected type: float",
        "Name: <unknown>, Feature: pric (data type: float) is required but could not be found. [Op:ParseExampleV2]",
        "Name: <unknown>, Key: n, Index: 0.  Number of int64 values != expected.  Values size: 2 but output shape: []",
        "KeyError: 'q_price_num'",
    ),
    "E_VOCABULARY": ("The vocabulary of c_brand is empty",),
    "E_EMBEDDING_RANGE": (
        # Here
        "tensorflow.python.framework.errors_impl.InvalidArgumentError: {{function_node __wrapped__GatherV2}} "
        "indices[0,1] = 10 is not in [0, 5) [Op:GatherV2]",
    ),
    "E_SHAPE": (
        # Here: eager, in a graph, while tracing, static, of layers, joined
        "tensorflow.python.framework.errors_impl.InvalidArgumentError: {{function_node __wrapped__AddV2}} Incompatible "
        "shapes: [3] vs. [2] [Op:AddV2] name: ",
        "Matrix size-incompatible: In[0]: [2,3], In[1]: [4,5] [Op:MatMul] name: ",
        "ValueError: Dimensions must be equal, but are 3 and 4 for '{{node MatMul}} = MatMul[T=DT_FLOAT](a, b)' with "
        "input shapes: [2,3], [4,5].",
        "ValueError: Shapes (2, 3) and (4,) are incompatible",
        'ValueError: Input 0 of layer "sequential" is incompatible with the layer: expected shape=(None, 5), found '
        "shape=(1, 6)",
        "ConcatOp : Dimension 0 in both shapes must be equal: shape[0] = [2,3] vs. shape[1] = [3,3] [Op:ConcatV2]",
    ),
    "E_DIVERGED": (
        # Here
        "tensorflow.python.framework.errors_impl.InvalidArgumentError: {{function_node __wrapped__CheckNumerics}} loss "
        ": Tensor had NaN values [Op:CheckNumerics] name: ",
        "loss : Tensor had Inf and NaN values [Op:CheckNumerics] name: ",
        "Batch 0: Invalid loss, terminating training",
        "1/1 [==============================] - 11s 11s/step - loss: nan",
    ),
    "E_SCANN": (
        # A public guide to serving ScaNN
        "Op type not registered 'Scann>ScannSearchBatched' in binary running on x. Make sure the Op and Kernel are "
        "registered in the binary",
        "NotFoundError: /app/scann/scann_ops/cc/_scann_ops.so: cannot open shared object file: scann_ops",
    ),
    "E_EXPORT": (
        # Here
        "AssertionError: Tried to export a function which references an 'untracked' resource. TensorFlow objects (e.g. "
        "tf.Variable) captured by functions must be 'tracked' by assigning them to an attribute of a tracked object",
    ),
    "E_MODULE": (
        # Here
        "ModuleNotFoundError: No module named 'tensorflow_recommender'",
        "ImportError: cannot import name 'nothing_here' from 'tensorflow' (/usr/lib/tensorflow/__init__.py)",
        "SyntaxError: invalid syntax",
    ),
    "E_TRANSFORM": (
        # Here: the frame of TensorFlow Transform above an exception that nothing else knows
        '  File "/usr/local/lib/python3.10/site-packages/tensorflow_transform/beam/impl.py", line 440, in expand',
    ),
    "E_DEADLINE": (
        "DEADLINE_EXCEEDED: Deadline Exceeded",
        "Get https://europe-docker.pkg.dev/v2/: context deadline exceeded",
        # Cloud Build
        'TIMEOUT: build step 0 "europe-docker.pkg.dev/p/r/compiler" exceeded its limit',
    ),
    "E_PREEMPTED": (
        # Compute Engine's audit event, in a public post-mortem
        "Instance was preempted.",
        "The replica workerpool0-0 was preempted",
    ),
    "E_DATAFLOW": (
        # A public post-mortem, and Beam's own tests
        "Workflow failed. Causes: S08:WriteParquet/Write/WriteImpl/GroupByKey/Read failed., The job failed because a "
        "work item has failed 4 times.",
        "apache_beam.runners.dataflow.dataflow_runner.DataflowRuntimeException: Dataflow pipeline failed. State: "
        "FAILED, Error:",
        # Beam hands the service's errors on as information
        "INFO:apache_beam.runners.dataflow.dataflow_runner:2021-09-26T07:16:29.920Z: JOB_MESSAGE_ERROR: "
        "Workflow failed. "
        "Causes: Invalid subnetwork specified",
    ),
    "E_NETWORK": (
        "requests.exceptions.ConnectionError: ('Connection aborted.', ConnectionResetError(104, 'Connection reset by "
        "peer'))",
        "ConnectionRefusedError: [Errno 111] Connection refused",
        "socket.gaierror: [Errno -3] Temporary failure in name resolution",
    ),
    "E_PROVIDER": (
        "UNAVAILABLE: The service is currently unavailable.",
        "503 Service Unavailable",
        "google.api_core.exceptions.InternalServerError: 500 An internal error occurred and the request could not be "
        "completed. [reason: backendError]",
    ),
}

INNOCENT: tuple[str, ...] = (
    # S8.2
    "row 5003 of banana finance",
    "processed 4030 rows in 500 ms",
    # Words of the patterns in sentences about data
    "wrote 403 files to data/nan",
    "quota of customers per segment: 12",
    "the syntax of your data is fine",
    "customer 137 exited the shop",
    "137 rows exited with a warning",
    "memory of the last purchase: 500 days",
    "the vocabulary of c_brand has 403 values",
    "vocabulary size 5000, 12 values out of vocabulary",
    "Connection: Paris - Berlin, 504 items",
    "product 'Network cable 503' sold 500 times",
    "the column `permission` has 2 values",
    "denied boarding compensation, 12 rows",
    "index 10 is in [0, 5000)",
    "information about infinity and infrastructure",
    "loss: 0.401 - val_loss: 0.403",
    "train loss 0.5, eval loss inf-free",
    "worker 3 of 8 started",
    "node add has 2 inputs",
    "Shapes: customers (5000, 32), products (3632, 32)",
    "Split-eval: 500 examples",
    "No examples are skipped",
    "table p:shop.sales has 541909 rows",
    "unsupported claims in 403 reviews",
    "ZeroDivisionError: float division by zero",
    "ValueError: could not convert string to float: 'abc'",
    "IndexError: list index out of range",
    "FileNotFoundError: [Errno 2] No such file or directory: '/tmp/x'",
    "AttributeError: 'NoneType' object has no attribute 'shape'",
    # Vertex AI, and this product, around any failure at all
    "The replica workerpool0-0 exited with a non-zero status of 1. To find out more about why your job exited please "
    "check the logs: https://console.cloud.google.com/logs/viewer?project=403500",
    "The DAG failed because some tasks failed. The failed tasks are: [Trainer].; Job (project_id = p, job_id = 137500) "
    "is failed due to the above error.; Failed to handle the job: {project_number = 403, job_id = 137500}",
    "The component Trainer exited with 1: LookupError: no such signature",
    # Printed at each start by TensorFlow on a machine without a GPU, as errors (here and in published logs)
    "2026-11-21 15:55:32.537448: E external/local_xla/xla/stream_executor/cuda/cuda_fft.cc:479] Unable to register "
    "cuFFT factory: Attempting to register factory for plugin cuFFT when one has already been registered",
    "2025-05-05 04:14:39.594357: E external/local_xla/xla/stream_executor/cuda/cuda_platform.cc:51] failed call to "
    "cuInit: INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)",
    "E0000 00:00:1782718776.323495  672436 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error: Failed "
    "call to cuInit: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected",
    # Information and warnings, which platforms without severities log as errors
    "2020-05-18 08:20:15.727714: W tensorflow/core/common_runtime/bfc_allocator.cc:239] Allocator (GPU_0_bfc) "
    "ran out of "
    "memory trying to allocate 3.46GiB with freed_by_count=0. The caller indicates that this is not a failure, but may "
    "mean that there could be performance gains if more memory were available.",
    "Allocator (GPU_0_bfc) ran out of memory trying to allocate 1019.25MiB. The caller indicates that this is not a "
    "failure, but may mean that there could be performance gains if more memory were available.",
    "2026-11-21 15:55:47.182: W tensorflow/core/framework/local_rendezvous.cc:404] Local rendezvous is aborting with "
    "status: OUT_OF_RANGE: End of sequence",
    "WARNING:urllib3.connectionpool:Retrying (Retry(total=2)) after connection broken by 'ConnectionResetError(104, "
    "'Connection reset by peer')': /storage/v1/b/x",
    "W1121 13:51:47.728808 140016813202304 retry.py:1] UNAVAILABLE: The service is currently unavailable; trying again",
    "I1121 13:51:48.128556 140016813202304 saved_transform_io.py:166] struct2tensor is not available.",
    "INFO:tensorflow:tensorflow_text is not available.",
    "WARNING:tensorflow:Detecting that an object or model or tf.train.Checkpoint is being deleted with "
    "unrestored values.",
    "INFO:apache_beam.runners.dataflow.dataflow_runner:2023-05-11T12:56:30.750Z: JOB_MESSAGE_BASIC: Starting 1 workers "
    "in europe-west1-d...",
    "/usr/lib/python3.10/site-packages/google/api_core/x.py:246: FutureWarning: You are using a non-supported Python "
    "version (3.10.13). Google will not post any further updates",
    "To enable the following instructions: AVX2 AVX512F AVX512_VNNI FMA, in other operations, rebuild TensorFlow with "
    "the appropriate compiler flags.",
    " 42%|████      | 500/1190 [00:01<00:02, 403.1 it/s]",
)
