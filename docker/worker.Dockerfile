# The Beam worker for Dataflow: Beam's own image, whose entry point is /opt/apache/beam/boot, with truemorph installed,
# so that workers have what the submitter has. Python and Beam must be the submitter's: `truemorph doctor` shows both.
#
#   docker build -f docker/worker.Dockerfile -t REGION-docker.pkg.dev/PROJECT/truemorph/worker:0.1.0 .
#   docker push REGION-docker.pkg.dev/PROJECT/truemorph/worker:0.1.0
ARG PYTHON=3.11
ARG BEAM=2.77.0
FROM apache/beam_python${PYTHON}_sdk:${BEAM}

WORKDIR /opt/truemorph
COPY pyproject.toml setup.cfg README.md LICENSE ./
COPY pipeline pipeline
COPY components components
COPY schemas schemas
RUN pip install --no-cache-dir ".[gcp]" \
    && pip check
# Not from the folder of the sources, where the bare folders would be found first.
WORKDIR /
RUN python -c "import truemorph.components.example_gen.remote"

ENV TF_CPP_MIN_LOG_LEVEL=3
