# TensorFlow Serving with a pushed model inside; `serving/` is what a run leaves in its --out.
#
#   docker build -f docker/serving.Dockerfile --build-context run=truemorph-demo -t truemorph-serving .
ARG TF_SERVING=2.21.0
FROM tensorflow/serving:${TF_SERVING}

ENV MODEL_NAME=truemorph
COPY --from=run serving /models/truemorph
EXPOSE 8500 8501
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD bash -c 'exec 3<>/dev/tcp/127.0.0.1/8501 && printf "GET /v1/models/truemorph HTTP/1.0\r\n\r\n" >&3 && grep -q AVAILABLE <&3'
