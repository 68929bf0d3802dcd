"""Files behind URLs: gs:// through Beam, s3:// through boto3, hdfs:// through WebHDFS."""
