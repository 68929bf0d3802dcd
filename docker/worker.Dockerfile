# The Beam worker for Dataflow: Beam's own image, which carries /opt/apache/beam/boot, with truemorph's wheel
# installed, so that workers have what the submitter has. Keep the tag equal to the submitter's apache-beam.
#
#   docker build -f docker/worker.Dockerfile -t REGISTRY/truemorph-worker:0.1.0 .
#   --sdk_container_image=REGISTRY/truemorph-worker:0.1.0 --sdk_location=container
FROM apache/beam_python3.11_sdk:2.77.0

WORKDIR /opt/truemorph
COPY pyproject.toml setup.cfg README.md LICENSE ./
COPY pipeline pipeline
COPY components components
COPY schemas schemas
RUN pip install --no-cache-dir ".[gcp]" \
    && python -c "import truemorph.components.example_gen.executor" \
    && pip check

ENV TF_CPP_MIN_LOG_LEVEL=3
