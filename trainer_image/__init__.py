"""What the generated modules import inside the pipeline: transforms, towers, training, evaluation, serving."""
